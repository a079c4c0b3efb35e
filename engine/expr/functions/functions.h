// The functions expressions may call, all our own: the stock string and table libraries can run for hours inside one
// call, where no limit is looked at.
#pragma once

#include <lua.h>

#include <span>
#include <string>
#include <string_view>

namespace runbook {

struct Function {
  const char* name;  // as an author writes it: `json.encode`; arguments are reported under it
  lua_CFunction call;
};

std::span<const Function> text_functions();
std::span<const Function> list_functions();
std::span<const Function> data_functions();

// Adds every function to the table on top, and gives strings their methods.
void add_functions(lua_State* state);

// Makes the function one of the table at `table`, or of a table in it when the name has a dot.
void add_function(lua_State* state, int table, const Function& function);
// The same for the value on top, which is taken away.
void add_member(lua_State* state, int table, std::string_view name);

void push_lines(lua_State* state, std::string_view text);

// Arguments of the running function. What has the wrong kind raises an error that names function and position.
namespace argument {
std::string_view text(lua_State* state, int index);  // a number reads as its text
double number(lua_State* state, int index);
lua_Integer integer(lua_State* state, int index);
lua_Integer optional_integer(lua_State* state, int index, lua_Integer otherwise);
void table(lua_State* state, int index);
void function(lua_State* state, int index);
void any(lua_State* state, int index);  // given, but may be nil
// "`json.decode`", of the running function.
std::string caller(lua_State* state);
[[noreturn]] void refuse(lua_State* state, int index, std::string_view wanted);
}  // namespace argument

}  // namespace runbook
