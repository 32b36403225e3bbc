#pragma once

#include <string>
#include <utility>
#include <vector>

namespace samples {

/// Everything the stock quote service says about a symbol, in the order of its schema. The figures follow from the
/// symbol alone, so that a test can compare two answers; only the time stamp moves.
std::vector<std::pair<std::string, std::string>> quoteFor(const std::string& symbol);

}  // namespace samples
