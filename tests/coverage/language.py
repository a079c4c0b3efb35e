"""The keys of the language as `runbook schema` tells them, and where a runbook uses each."""

import dataclasses
import re

import yaml

STEP_LIKE = ("step", "precondition", "probe", "rollback_step", "handler")
LOADER = getattr(yaml, "CLoader", yaml.Loader)  # nodes only, no values: the tags of YAML 1.1 do not matter


@dataclasses.dataclass
class Use:
    """One key where it stands. `name` is None for a key that the object does not have."""

    object: str
    name: str | None
    key: yaml.Node
    value: yaml.Node
    step: str | None  # a pattern for the step's name in the journal; None outside of steps

    def holds(self, place):
        ends = [(node.start_mark, node.end_mark) for node in (self.key, self.value)]
        return any((a.line, a.column) <= place < (b.line, b.column) for a, b in ends)


class Language:
    def __init__(self, schema, reference):
        definitions = {name: one for name, one in schema["definitions"].items() if "properties" in one}
        self.objects = {"runbook": schema, **definitions}
        self.keys = {(name, key) for name, one in self.objects.items() for key in one["properties"]}
        self.reserved = set(self.read_reserved(reference))

    def read_reserved(self, reference):
        for section in reference.split("\n## ")[1:]:
            title = section.split("\n")[0].replace(" ", "_")
            for line in re.findall(r"^Reserved, and refused as not supported yet: (.*)\.$", section, re.MULTILINE):
                yield from ((title, key) for key in re.findall(r"`(\w+)`", line))

    def uses(self, text):
        """Every key of a file, outer before inner."""
        try:
            root = yaml.compose(text, LOADER)
        except yaml.YAMLError:
            return
        if isinstance(root, yaml.MappingNode):
            yield from self.uses_in(root, "runbook", None)

    def uses_in(self, node, object_name, step):
        properties = self.objects[object_name]["properties"]
        for key, value in node.value:
            known = isinstance(key, yaml.ScalarNode) and key.value in properties
            yield Use(object_name, key.value if known else None, key, value, step)
            if known:
                yield from self.inside(value, properties[key.value], f"{object_name}.{key.value}", step)

    def inside(self, node, shape, path, step, position=None):
        """What a value holds. `path` is the key it is under, `position` its place in a list."""
        for one in [*shape.get("anyOf", []), *shape.get("allOf", [])]:
            yield from self.inside(node, one, path, step, position)
        if isinstance(node, yaml.SequenceNode) and isinstance(shape.get("items"), dict):
            for number, item in enumerate(node.value, 1):
                yield from self.inside(item, shape["items"], path, step, number)
        elif isinstance(node, yaml.MappingNode) and "$ref" in shape:
            name = shape["$ref"].rsplit("/", 1)[1]
            if name not in self.objects:
                return
            yield from self.uses_in(node, name, self.journal_name(node, name, path, step, position))
        elif isinstance(node, yaml.MappingNode) and isinstance(shape.get("additionalProperties"), dict):
            for _, value in node.value:
                yield from self.inside(value, shape["additionalProperties"], path, step)

    def journal_name(self, node, object_name, path, owner, position):
        """A pattern for the name of a step-like map in the journal, where instances are `id[1]`."""
        own = re.escape(path.split(".")[1])
        if object_name not in STEP_LIKE:
            return owner
        if path.startswith("runbook.") and object_name == "precondition":
            return rf"(^precondition|\.pre)\[{position}\]$"  # `.pre`: of a runbook that another one uses
        if path.startswith("runbook.") and object_name == "handler":
            return rf"^{own}\[{position}\]$"
        suffix = {
            "precondition": rf"\.pre\[{position}\]",
            "probe": r"\.probe\.\w+",
            "rollback_step": rf"\.undo(\[{position}\])?" if position else r"\.undo",
            "handler": rf"\.overrun\[{position}\]",
        }.get(object_name)
        return owner.removesuffix("$") + suffix + "$" if suffix else rf"(^|\.){self.step_id(node)}(\[\d+\])?$"

    @staticmethod
    def step_id(node):
        """As engine/runbook/step_ids.cc makes it; the number of a step without a name is left open."""
        keys = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
        for name in ("id", "name"):
            if isinstance(keys.get(name), yaml.ScalarNode):
                return re.sub(r"[^a-z0-9]+", "_", keys[name].value.lower()).strip("_")[:64]
        return rf"({'|'.join(map(re.escape, keys))})_\d+"
