// Why an evaluation failed, in the author's words.
#pragma once

#include <string>
#include <string_view>

namespace runbook {

class Interpreter;
struct Expression;

// Lua's own message ("attempt to index a nil value (field 'data')") as "`result.json.data` does not exist or is null".
std::string explain_lua_error(Interpreter& interpreter, const Expression& expression, std::string message);

// Which names of the expression are nil: "`result.json.data` does not exist or is null"; empty when all are there.
// `field` narrows it to names that have that part missing; empty for any.
std::string explain_nil(Interpreter& interpreter, const Expression& expression, std::string_view field = {});

}  // namespace runbook
