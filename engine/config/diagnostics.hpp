#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace myelin::config {

/// Where something stands in a file. Lines and columns count from 1, columns in characters (not bytes).
struct Place {
    std::string file;        ///< as the user wrote it
    std::size_t line = 0;    ///< 0: the file as a whole
    std::size_t column = 0;  ///< 0: the line as a whole
    std::size_t length = 1;  ///< characters that the caret line underlines
    std::string sourceLine;  ///< without its line end
    std::string within;      ///< through what it came to be read, for people: "in the use of template ..."

    /// `synapse.xml:14:9`, with what is known of it.
    std::string text() const;
};

enum class Severity { Error, Warning };

struct Finding {
    Severity severity = Severity::Error;
    Place place;
    std::string what;
    std::string help;
    std::size_t alsoWithin = 0;  ///< in how many more uses of its template it was found
};

/// Collects everything that is wrong with a configuration, so that a user sees all of it in one go. One thread at a
/// time.
class Diagnostics {
public:
    /// Files are reported in the order in which they are named here, or else in which findings first mention them.
    void noteFile(std::string_view file);

    void error(const Place& place, std::string what, std::string help = {});
    void warning(const Place& place, std::string what, std::string help = {});

    /// Grammar that Synapse has not: an error when strictSynapse() was asked for, else nothing. See
    /// Element::beyondSynapse().
    void beyondSynapse(const Place& place, std::string what, std::string help = {});
    void strictSynapse(bool strict) noexcept { strictSynapse_ = strict; }

    bool hasErrors() const noexcept { return errors_ != 0; }
    std::size_t errorCount() const noexcept { return errors_; }
    std::size_t warningCount() const noexcept { return findings_.size() - errors_; }

    /// By file and line. The same finding at the same place is kept once, whatever it is within.
    std::vector<Finding> sorted() const;

    /// Each finding as `file:line:column: error: what`, then the source line, a line with a caret, what it is within,
    /// and the help. At most `most` findings, warnings giving way to errors, then how many more there are.
    void print(std::ostream& out, std::size_t most = kPrinted) const;

    static constexpr std::size_t kPrinted = 200;

private:
    void add(Finding finding);
    std::size_t rankOf(std::string_view file) const noexcept;

    std::vector<std::string> files_;
    std::vector<Finding> findings_;
    std::unordered_map<std::string, std::size_t> known_;  ///< indices into findings_
    std::size_t errors_ = 0;
    bool strictSynapse_ = false;
};

}  // namespace myelin::config
