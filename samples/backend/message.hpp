#pragma once

#include <string>
#include <utility>
#include <vector>

namespace samples {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A request as the services see it.
struct Request {
    std::string method;
    std::string path;  ///< without query
    std::string query;
    std::string contentType;
    Fields headers;
    std::string body;
};

/// What a service answers.
struct Answer {
    int status = 200;
    std::string contentType;  ///< empty: no body at all
    std::string body;
    Fields headers;
};

}  // namespace samples
