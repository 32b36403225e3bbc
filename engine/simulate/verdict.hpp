#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/simulate/tally.hpp"

namespace myelin::simulate {

/// What the shares of a group say about its algorithm.
struct Verdict {
    enum class Kind : std::uint8_t {
        None,     ///< nothing can be said
        Exact,    ///< within one turn of what is expected
        Random,   ///< as chance would have it
        Differs,  ///< neither
    };
    Kind kind = Kind::None;
    /// "exact", "chi-squared p=0.43", "differs (...)", "no verdict: ...".
    std::string text;
    double p = -1;         ///< of the chi-squared test; -1 without one
    double deviation = 0;  ///< largest difference of a child's picks from what is expected
    double allowance = 0;  ///< how large it may be for the algorithm to be exact
};

/// Which rule applies follows from what the algorithm looked at while it chose: with chance a chi-squared test on the
/// picks; with the message one on its keys; without either the counts must be exact, that is within one turn for
/// each time that the choice of children changed.
Verdict judge(const GroupTally& group);

/// How probable it is that counts deviate at least so much from those expected (Pearson's test); children of which
/// nothing is expected and nothing came are left out. -1 when some expectation is below 5 or there is only one child.
double chiSquaredP(const std::vector<double>& expected, const std::vector<std::uint64_t>& observed);

/// Below it, shares are said to differ.
inline constexpr double kSignificance = 0.001;

}  // namespace myelin::simulate
