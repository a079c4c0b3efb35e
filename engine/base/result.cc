#include "base/result.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace runbook {

std::string Error::message() const {
  std::string text = operation;
  if (!object.empty()) text += (text.empty() ? "" : " ") + object;
  if (!reason.empty()) text += (text.empty() ? "" : ": ") + reason;
  return text;
}

Unexpected system_error(std::string operation, std::string object) {
  return system_error(std::move(operation), std::move(object), errno);
}

Unexpected system_error(std::string operation, std::string object, int number) {
  return Unexpected(Error{std::move(operation), std::move(object), std::strerror(number), number});
}

Unexpected failure(std::string operation, std::string object, std::string reason) {
  return Unexpected(Error{std::move(operation), std::move(object), std::move(reason), 0});
}

}  // namespace runbook
