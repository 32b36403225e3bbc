#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace myelin::endpoints {

/// Finds the end of the header block of an envelope that comes piece by piece. It looks at tags only; whether they make
/// sense shows when beginning() is parsed.
class HeaderScan {
public:
    enum class Found {
        More,    ///< not seen yet
        Header,  ///< there is one, and it is there as a whole
        None     ///< there is none, or not where one belongs
    };

    /// `packaged`: the envelope is the first part of a multipart body.
    explicit HeaderScan(bool packaged) : begun_(!packaged) {}

    Found feed(std::string_view piece);
    std::size_t size() const noexcept { return text_.size(); }
    /// The envelope up to the end of its header, with nothing behind it.
    std::string beginning() const;

private:
    Found step();
    Found tag(std::string_view inside);

    std::string text_;
    std::string root_;          // name of the outermost element, as it is written
    std::size_t begin_ = 0;     // of the envelope
    std::size_t position_ = 0;  // of what has not been understood yet
    std::size_t looked_ = 0;    // from here on its end has not been looked for
    std::size_t depth_ = 0;
    char quote_ = 0;
    bool begun_;
    bool inPart_ = false;
    bool inHeader_ = false;
};

}  // namespace myelin::endpoints
