// What a piece of Lua is, which decides what it may do and which names it has.
#pragma once

namespace runbook {

enum class Dialect {
  expression,  // one value; reads the run's data, assigns nothing
  script,      // statements; reads the run's data, has log, warn, fail, require and more of Lua's own functions
  module,      // as a script, but sees no data: it is given what it needs by those who call it
};

}  // namespace runbook
