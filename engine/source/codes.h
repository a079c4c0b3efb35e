// The stable codes of diagnostics. A code is never used again for another meaning.
#pragma once

#include <string_view>

namespace runbook::code {

// YAML: the file cannot be read as one document of the kind we accept.
inline constexpr std::string_view yaml_syntax = "RB001";
inline constexpr std::string_view yaml_bytes = "RB002";  // not UTF-8, NUL, control characters, BOM
inline constexpr std::string_view yaml_duplicate_key = "RB003";
inline constexpr std::string_view yaml_anchor = "RB004";  // anchors, aliases, merge keys
inline constexpr std::string_view yaml_tag = "RB005";     // tags and directives
inline constexpr std::string_view yaml_complex_key = "RB006";
inline constexpr std::string_view yaml_documents = "RB007";  // none, or more than one
inline constexpr std::string_view yaml_depth = "RB008";
inline constexpr std::string_view yaml_size = "RB009";

// Shape: keys and values.
inline constexpr std::string_view wrong_type = "RB010";
inline constexpr std::string_view missing_key = "RB011";
inline constexpr std::string_view bad_value = "RB012";
inline constexpr std::string_view not_supported_yet = "RB013";
inline constexpr std::string_view unknown_key = "RB014";
inline constexpr std::string_view action_count = "RB015";  // a step with no action, or with two
inline constexpr std::string_view key_not_here = "RB016";  // a key that this kind of step does not take
inline constexpr std::string_view duplicate_id = "RB017";
inline constexpr std::string_view bad_id = "RB018";
inline constexpr std::string_view ambiguous_scalar = "RB019";  // warning: `no`, `017`, `1_000`, `12:30`

// YAML again: what is most often wrong in a file that does not parse.
inline constexpr std::string_view yaml_tab = "RB020";       // a tab where indentation is expected
inline constexpr std::string_view yaml_quote = "RB021";     // a quote that is never closed
inline constexpr std::string_view yaml_no_colon = "RB026";  // a key without its colon

// Graph.
inline constexpr std::string_view unknown_step = "RB022";
inline constexpr std::string_view cycle = "RB023";
inline constexpr std::string_view needs_outside = "RB024";  // a step in another group
inline constexpr std::string_view not_before = "RB025";     // uses the result of a step that may not have run

// Other runbooks, under `use`.
inline constexpr std::string_view use_not_found = "RB060";
inline constexpr std::string_view use_circle = "RB061";
inline constexpr std::string_view use_broken = "RB062";   // the file it names has mistakes
inline constexpr std::string_view use_refused = "RB063";  // what only a whole run can have

// Expressions, templates, shell text.
inline constexpr std::string_view expression_syntax = "RB030";
inline constexpr std::string_view unknown_name = "RB031";
inline constexpr std::string_view template_syntax = "RB032";
inline constexpr std::string_view expression_refused = "RB033";  // what the sandbox does not have
inline constexpr std::string_view module = "RB034";              // a Lua module that does not exist or cannot be read
inline constexpr std::string_view shell_reevaluated = "RB040";   // eval, sh -c, trap, other languages…
inline constexpr std::string_view shell_arithmetic = "RB041";
inline constexpr std::string_view shell_command_word = "RB042";
inline constexpr std::string_view shell_literal = "RB043";  // would appear as text: '<<"EOF"', comment, $'…'
inline constexpr std::string_view shell_unsure = "RB044";   // cannot be proved safe
inline constexpr std::string_view shell_option = "RB045";   // warning: a value could be read as an option
inline constexpr std::string_view shell_secret = "RB046";   // warning: a secret inline in shell text

// Parameters given for a run, and secrets.
inline constexpr std::string_view param_missing = "RB050";
inline constexpr std::string_view param_unknown = "RB051";
inline constexpr std::string_view param_value = "RB052";
inline constexpr std::string_view secret_unavailable = "RB053";
inline constexpr std::string_view secret_short = "RB054";  // warning: hidden as a whole word only

// HTTP.
inline constexpr std::string_view http_get_body = "RB070";  // warning: a body without `method`
inline constexpr std::string_view http_insecure = "RB071";  // warning: the certificate is not checked

// Advice.
inline constexpr std::string_view no_rollback = "RB107";

// A run that leaves steps out.
inline constexpr std::string_view skipped_read = "RB055";  // a step would read what a skipped one produces

// What happened in a run.
inline constexpr std::string_view step_failed = "RB200";
inline constexpr std::string_view expectation_unmet = "RB201";
inline constexpr std::string_view step_timed_out = "RB202";
inline constexpr std::string_view precondition_unmet = "RB203";
inline constexpr std::string_view undo_failed = "RB204";

// Between runs.
inline constexpr std::string_view lock_held = "RB301";
inline constexpr std::string_view lock_kept = "RB302";  // by a run that left something half done

}  // namespace runbook::code
