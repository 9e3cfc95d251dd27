// YAML into a small tree that knows its lines. The library's own tree forgets duplicate keys and follows aliases.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

namespace c2c::config {

struct yaml_node {
  enum class kind { null, scalar, sequence, map };

  kind type = kind::null;
  unsigned line = 0;                // from 1
  std::string text;                 // of a scalar
  std::string key;                  // of a map's child, in lower case: the reference reads keys ignoring case
  unsigned key_line = 0;            // of a map's child
  std::vector<yaml_node> children;  // a sequence's items, or a map's values in the order of the file
};

struct yaml_document {
  yaml_node root;
  problems found;  // keys given twice: the reading goes on, so that the other mistakes are told as well
};

// Reads one document. An empty one is a null node. Refused: a syntax error, a second document, an alias (so that
// nothing can grow beyond the text), more than 16 levels or 4096 nodes. The problems' texts never quote the document.
// Throws nothing but std::bad_alloc.
std::expected<yaml_document, problem> read_yaml(std::string_view text);

}  // namespace c2c::config
