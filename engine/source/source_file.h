// SourceFile: the bytes of one runbook, and where its lines begin. Span: a place in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace runbook {

class SourceFile {
 public:
  // `path` is how messages name the file; `text` its bytes.
  SourceFile(std::string path, std::string text);

  const std::string& path() const { return path_; }
  std::string_view text() const { return text_; }
  std::uint32_t line_count() const { return static_cast<std::uint32_t>(line_starts_.size()); }
  // Line `number`, from 1, without its line end; empty when there is no such line.
  std::string_view line(std::uint32_t number) const;
  std::size_t line_start(std::uint32_t number) const;
  // The line, from 1, that holds the byte at `offset`.
  std::uint32_t line_at(std::size_t offset) const;

 private:
  std::string path_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
};

// Bytes [offset, offset + length) of a file. A default Span is no place at all. Spans do not own the file: whoever
// keeps a model keeps its SourceFile.
struct Span {
  const SourceFile* file = nullptr;
  std::size_t offset = 0;
  std::size_t length = 0;

  explicit operator bool() const { return file != nullptr; }
  std::uint32_t line() const;    // from 1
  std::uint32_t column() const;  // from 1, in characters
  std::string_view text() const;
};

// A string an author wrote, decoded, and the place it came from.
struct Text {
  std::string value;
  Span span;           // the whole scalar as it stands in the file, quotes included
  bool plain = false;  // written without quotes and not as a block
  bool block = false;  // a `|` or `>` block; its value starts on the line after span's first

  // The place in the file of bytes [offset, offset + length) of `value`: exact for plain scalars, one-line quoted
  // scalars without escapes and literal blocks; else the whole scalar.
  Span at(std::size_t offset, std::size_t length) const;
  bool empty() const { return value.empty(); }
};

}  // namespace runbook
