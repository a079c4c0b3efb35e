// The engine's hidden mode on its own, for the tests: runs the script it is given.
#include "host/process/lua_process.h"

int main() { return runbook::run_lua_process(); }
