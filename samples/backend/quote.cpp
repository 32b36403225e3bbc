#include "samples/backend/quote.hpp"

#include <cstdint>
#include <iomanip>
#include <sstream>

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

namespace samples {
namespace {

std::uint64_t hashOf(const std::string& text) {
    std::uint64_t hash = 14695981039346656037u;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    }
    return hash;
}

std::string money(double value) {
    std::ostringstream out;
    out << std::fixed << std::setprecision(2) << value;
    return out.str();
}

}  // namespace

std::vector<std::pair<std::string, std::string>> quoteFor(const std::string& symbol) {
    const std::uint64_t seed = hashOf(symbol);
    const double last = 20.0 + static_cast<double>(seed % 15000) / 100.0;
    const double change = static_cast<double>(static_cast<std::int64_t>((seed >> 16) % 600) - 300) / 100.0;
    const double previous = last - change;
    return {
        {"change", money(change)},
        {"earnings", money(last / 12.0)},
        {"high", money(last + 1.5)},
        {"last", money(last)},
        {"lastTradeTimestamp",
         Poco::DateTimeFormatter::format(Poco::Timestamp(), Poco::DateTimeFormat::ISO8601_FORMAT)},
        {"low", money(last - 1.5)},
        {"marketCap", std::to_string((seed >> 8) % 90'000'000 + 1'000'000)},
        {"name", symbol + " Company"},
        {"open", money(previous + change / 2.0)},
        {"peRatio", money(12.0 + static_cast<double>((seed >> 24) % 2000) / 100.0)},
        {"percentageChange", money(change / previous * 100.0)},
        {"prevClose", money(previous)},
        {"symbol", symbol},
        {"volume", std::to_string((seed >> 32) % 20'000 + 1'000)},
    };
}

}  // namespace samples
