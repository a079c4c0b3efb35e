// The second look: a light scan of a YAML text that knows where scalars, comments and flow collections begin and end,
// no more. It finds early and at the right place what the parser finds late, at the wrong place or at great cost: tabs
// as indentation, quotes that are never closed, brackets nested too deep. It also remembers where quoted and block
// scalars end, which the parser does not tell.
#pragma once

#include <vector>

#include "source/diagnostic.h"

namespace runbook {

class YamlLayout {
 public:
  struct Extent {
    std::size_t begin, end;
  };

  // `begin`: where the text begins in the file. False when the parser must not see it; the reason is reported.
  bool scan(const SourceFile& file, std::size_t begin, Diagnostics& diagnostics);

  // The end of the quoted or block scalar that begins at `begin`; `begin` when there is none.
  std::size_t scalar_end(std::size_t begin) const;
  // The last quoted scalar of several lines that ends on `line`, or nullptr.
  const Extent* long_quote_ending_on(const SourceFile& file, std::uint32_t line) const;

 private:
  std::vector<Extent> scalars_;      // quoted and block, by begin
  std::vector<Extent> long_quotes_;  // those quoted ones that span lines
  friend class LayoutScanner;
};

}  // namespace runbook
