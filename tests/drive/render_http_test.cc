// What a request becomes once its templates are filled.
#include "action/render_http.h"

#include "drive/fixture.h"

using namespace runbook;

namespace {

struct Rendered {
  explicit Rendered(const std::string& keys, std::string cwd = "/srv")
      : plan("runbook: v1\nname: x\nparams: { v: { type: string } }\nsteps:\n  - http:\n      " + keys + "\n") {
    Value params = Value::map();
    params.set("v", "a b&c");
    sandbox.set("params", params);
    const auto& action = std::get<HttpAction>(plan.runbook->steps[0].action);
    const auto text = render_http(action, {std::move(cwd), ".run.step.part"}, sandbox, work);
    said = text ? *text : "error: " + text.error().message;
  }
  Planned plan;
  Sandbox sandbox;
  HttpWork work;
  std::string said;
};

}  // namespace

TEST_CASE("a query goes where a query belongs") {
  const auto url = [](const std::string& text) {
    return Rendered("{ url: '" + text + "', query: { q: '${{ params.v }}' } }").work.url;
  };
  CHECK(url("http://h") == "http://h?q=a%20b%26c");
  CHECK(url("http://h/a#part") == "http://h/a?q=a%20b%26c#part");
  CHECK(url("http://h/a?x=1") == "http://h/a?x=1&q=a%20b%26c");
  CHECK(url("http://h/a?x=1&") == "http://h/a?x=1&q=a%20b%26c");
  CHECK(url("http://h/a?") == "http://h/a?q=a%20b%26c");
  CHECK(url("http://h/a#b?c") == "http://h/a?q=a%20b%26c#b?c");
  CHECK(Rendered("{ url: http://h, query: { n: 1, on: true, l: [x, 2.5, false], none: [] } }").work.url ==
        "http://h?n=1&on=true&l=x&l=2.5&l=false");
  CHECK(Rendered("{ url: http://h, query: { m: '${{ {a = 1} }}' } }").said ==
        "error: `m` must be text or a list of texts, not a map");
}

TEST_CASE("bodies and their types") {
  const Rendered form("{ url: http://h, method: POST, form: { 'a b': '${{ params.v }}', c: [1, 2] } }");
  CHECK(form.work.body == "a+b=a+b%26c&c=1&c=2");
  CHECK(form.work.headers == decltype(form.work.headers){{"Content-Type", "application/x-www-form-urlencoded"}});
  const Rendered typed("{ url: http://h, method: POST, headers: { content-TYPE: x/y }, form: { a: b } }");
  CHECK(typed.work.headers == decltype(typed.work.headers){{"content-TYPE", "x/y"}});
  const Rendered file("{ url: http://h, method: PUT, file: 'in/${{ params.v }}' }");
  CHECK(file.work.file == "/srv/in/a b&c");
  CHECK_FALSE(file.work.has_body);
  CHECK(Rendered("{ url: http://h, method: PUT, file: /abs }").work.file == "/abs");
  CHECK(Rendered("{ url: http://h, method: PUT, file: rel }", "").work.file == "rel");
}

TEST_CASE("who asks") {
  CHECK(Rendered("{ url: http://h, auth: { bearer: tok } }").work.authorization == "Bearer tok");
  CHECK(Rendered("{ url: http://h, auth: { basic: { user: aladdin, password: opensesame } } }").work.authorization ==
        "Basic YWxhZGRpbjpvcGVuc2VzYW1l");
  CHECK(Rendered("{ url: http://h, auth: { basic: { user: '${{ \"a:b\" }}', password: c } } }").said ==
        "error: the user of `auth.basic` holds a `:`, which would end it");
  CHECK(Rendered("{ url: http://h, auth: { bearer: '${{ \"\" }}' } }").said ==
        "error: the token of `auth.bearer` is empty");
  // For people a password is hidden wherever it stands.
  CHECK(Rendered("{ url: 'http://me:pa@ss@h/a@b?c=d:e@f' }").said == "GET http://me:***@h/a@b?c=d:e@f");
  CHECK(Rendered("{ url: 'http://me@h/' }").said == "GET http://me@h/");
}

TEST_CASE("where the answer goes, and how much of it") {
  const Rendered saved("{ url: http://h, save_to: out.tar, max_body: 1KiB, ok_status: [200, 5xx] }");
  CHECK(saved.work.save_to == "/srv/out.tar");
  CHECK(saved.work.part_name == ".out.tar.run.step.part");
  CHECK(saved.work.max_saved == 1024);
  CHECK(saved.work.max_body == default_max_body);
  CHECK(saved.work.save_on == std::vector<std::pair<int, int>>{{200, 200}, {500, 599}});
  CHECK(Rendered("{ url: http://h, save_to: out }").work.max_saved == 0);
  CHECK(Rendered("{ url: http://h, max_body: 1KiB }").work.max_body == 1024);
  CHECK(Rendered("{ url: http://h, save_to: '${{ \"a/\" }}' }").said == "error: `save_to` names no file: `/srv/a/`");
  CHECK(Rendered("{ url: http://h, unix_socket: '${{ \"a.sock\" }}' }").said ==
        "error: `unix_socket` is no absolute path: `a.sock`");
}
