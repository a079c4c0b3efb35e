#include "language/schema/schema.h"

#include "golden/golden.h"
#include "language/keys/shape.h"

using namespace runbook;

TEST_CASE("the schema and the reference page are checked in as they are made") {
  check_golden(RUNBOOK_SOURCE_DIR "/schemas/runbook.v1.schema.json", runbook_schema_json());
  check_golden(RUNBOOK_SOURCE_DIR "/schemas/reference.md", runbook_reference_markdown());
}

TEST_CASE("every key of the language says what it is, once") {
  for (const auto& object : all_objects()) {
    INFO(object.name);
    CHECK_FALSE(object.keys.empty());
    for (std::size_t i = 0; i < object.keys.size(); ++i) {
      INFO(object.keys[i].name);
      CHECK_FALSE(object.keys[i].doc.empty());
      CHECK(object.keys[i].doc.back() != '.');
      for (std::size_t k = 0; k < i; ++k) CHECK(object.keys[k].name != object.keys[i].name);
      for (const auto& word : object.keys[i].also)
        for (const auto& other : object.keys) CHECK(other.name != word);
    }
  }
}

TEST_CASE("what is not supported is not in the schema, but on the page") {
  const auto schema = runbook_schema_json(), page = runbook_reference_markdown();
  for (const auto& object : all_objects())
    for (const auto& key : object.keys) {
      INFO(object.name << "." << key.name);
      CHECK(page.find("`" + std::string(key.name) + "`") != std::string::npos);
    }
  for (const char* key : {"\"hosts\"", "\"schedule\"", "\"triggers\"", "\"window\""})
    CHECK(schema.find(key) == std::string::npos);
  CHECK(schema.find("\"additionalProperties\": false") != std::string::npos);
}
