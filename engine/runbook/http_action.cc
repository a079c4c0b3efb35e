#include "runbook/http_action.h"

namespace runbook {

void HttpAction::each_expression(const std::function<void(const Expression&)>& visit) const {
  url.each_expression(visit);
  for (const auto& [name, value] : query) value.each_expression(visit);
  for (const auto& [name, value] : headers) value.each_expression(visit);
  if (json) json->each_expression(visit);
  if (form)
    for (const auto& [name, value] : *form) value.each_expression(visit);
  for (const auto* text : {&body, &file, &auth.bearer, &auth.user, &auth.password, &tls.ca, &tls.cert, &tls.key,
                           &tls.passphrase, &unix_socket, &save_to})
    if (*text) (*text)->each_expression(visit);
}

}  // namespace runbook
