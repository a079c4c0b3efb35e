// Why an evaluation failed, in the author's words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runbook {

class Interpreter;
struct Reference;

// Lua's own message ("attempt to index a nil value (field 'data')") as "`result.json.data` does not exist or is null".
// `references`: what was read where it happened. The message has no place in front.
std::string explain_lua_error(Interpreter& interpreter, const std::vector<Reference>& references, std::string message);

// Which of the names read are nil: "`result.json.data` does not exist or is null"; empty when all are there.
// `field` narrows it to names that have that part missing; empty for any.
std::string explain_nil(Interpreter& interpreter, const std::vector<Reference>& references,
                        std::string_view field = {});

}  // namespace runbook
