#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace myelin::observe {

/// A descriptor that log lines go to, written without ever blocking for longer than asked.
class OutputFile {
public:
    enum class Result {
        Written,
        Stuck,  ///< the reader takes nothing for now
        Failed  ///< disk full, reader gone, and the like
    };

    /// See BoundedWriter. Throws std::runtime_error.
    explicit OutputFile(const std::string& path);
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    ~OutputFile();

    /// Writes some of `bytes` and says how much in `count`; waits for at most `patience` until that is possible.
    Result writeSome(std::string_view bytes, std::chrono::milliseconds patience, std::size_t& count) noexcept;

private:
    enum class Kind { File, Pipe, Socket };
    int descriptor_ = -1;
    bool owned_ = false;
    Kind kind_ = Kind::File;
};

}  // namespace myelin::observe
