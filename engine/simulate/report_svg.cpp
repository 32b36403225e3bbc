#include <algorithm>
#include <array>
#include <cstdio>

#include "engine/simulate/report.hpp"
#include "engine/xml/writer.hpp"

namespace myelin::simulate {

namespace {

constexpr double kLeft = 60;
constexpr double kWidth = 900;
constexpr double kHeight = 200;
constexpr double kRow = 18;
constexpr std::size_t kNamed = 12;  // children in a legend
constexpr std::array<const char*, 10> kColours{
    "#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#edc948", "#b07aa1", "#9c755f", "#ff9da7", "#bab0ac"};

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", value);
    return text;
}

std::string escaped(const std::string& text) {
    std::string result;
    xml::appendEscapedText(text, result);
    return result;
}

class Chart {
public:
    Chart(const Result& result, const Script& script) : result_(result), script_(script) {
        slots_ = 1;
        for (const auto& group : result.groups) {
            if (!group.children.empty()) slots_ = std::max(slots_, group.children.front().timeline.size());
        }
        whole_ = result.bucket * static_cast<base::Duration::rep>(slots_);
    }

    std::string take() && {
        for (std::size_t index = 0; index < result_.groups.size(); ++index) {
            add(result_.groups[index], result_.verdicts[index]);
        }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(kLeft + kWidth + 20) + "\" height=\"" +
               number(top_) +
               "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" "
               "fill=\"white\"/>\n" +
               body_ + "</svg>\n";
    }

private:
    double across(base::Duration time) const {
        const double share = std::chrono::duration<double>(time) / std::chrono::duration<double>(whole_);
        return kLeft + kWidth * std::clamp(share, 0.0, 1.0);
    }
    void text(double x, double y, const std::string& what, const std::string& more = {}) {
        body_ += "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\"" + more + ">" + escaped(what) + "</text>\n";
    }
    void box(double x, double y, double width, double height, const std::string& look, const std::string& title = {}) {
        body_ += "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(width) + "\" height=\"" +
                 number(height) + "\" " + look;
        body_ += title.empty() ? "/>\n" : "><title>" + escaped(title) + "</title></rect>\n";
    }

    void add(const GroupTally& group, const Verdict& verdict) {
        text(kLeft,
             top_ + 14,
             group.name + ", " + (group.algorithm.empty() ? "failover" : group.algorithm) + ": " + verdict.text,
             " font-weight=\"bold\"");
        top_ += 24;
        addAreas(group);
        addOutages();
        box(kLeft, top_, kWidth, kHeight, "fill=\"none\" stroke=\"black\"");
        for (const int percent : {0, 50, 100}) {
            text(kLeft - 8,
                 top_ + kHeight * (100 - percent) / 100 + 4,
                 std::to_string(percent) + "%",
                 " text-anchor=\"end\"");
        }
        text(kLeft, top_ + kHeight + 15, readable(base::Duration::zero()));
        text(kLeft + kWidth, top_ + kHeight + 15, readable(whole_), " text-anchor=\"end\"");
        top_ += kHeight + 24;
        addLegend(group);
        top_ += 16;
    }

    /// From the top: the first child's share of each bucket, then the second's.
    void addAreas(const GroupTally& group) {
        std::vector<double> sums(slots_, 0);
        for (const auto& child : group.children) {
            for (std::size_t slot = 0; slot < slots_; ++slot) sums[slot] += static_cast<double>(child.timeline[slot]);
        }
        std::vector<double> begins(slots_, 0);
        for (std::size_t index = 0; index < group.children.size(); ++index) {
            std::string path;
            for (std::size_t slot = 0; slot < slots_; ++slot) {
                const auto picks = group.children[index].timeline[slot];
                if (picks == 0) continue;
                const double share = static_cast<double>(picks) / sums[slot];
                const double width = kWidth / static_cast<double>(slots_);
                path += "M" + number(kLeft + width * static_cast<double>(slot)) + " " +
                        number(top_ + kHeight * begins[slot]) + "h" + number(width) + "v" + number(kHeight * share) +
                        "h-" + number(width) + "z";
                begins[slot] += share;
            }
            if (!path.empty()) {
                body_ += "<path fill=\"" + std::string(kColours[index % kColours.size()]) + "\" d=\"" + path + "\"/>\n";
            }
        }
    }

    void addOutages() {
        const auto shade = [&](const std::string& address, const Backend& backend) {
            for (const auto& period : backend.periods) {
                if (period.from >= whole_) continue;
                const double from = across(period.from);
                const bool slow = period.latency.has_value();
                box(from,
                    top_,
                    across(period.to) - from,
                    kHeight,
                    slow ? "fill=\"black\" fill-opacity=\"0.1\"" : "fill=\"black\" fill-opacity=\"0.25\"",
                    address + (slow ? " is slow" : " is out"));
            }
        };
        for (const auto& [address, backend] : script_.backends) shade(address, backend);
        shade("the other backends", script_.others);
    }

    void addLegend(const GroupTally& group) {
        for (std::size_t index = 0; index < std::min(kNamed, group.children.size()); ++index) {
            const auto& child = group.children[index];
            box(kLeft, top_, 12, 12, "fill=\"" + std::string(kColours[index % kColours.size()]) + "\"");
            text(kLeft + 18, top_ + 11, child.name + ": " + std::to_string(child.picks));
            top_ += kRow;
        }
        if (group.children.size() > kNamed) {
            text(kLeft + 18, top_ + 11, "and " + std::to_string(group.children.size() - kNamed) + " more");
            top_ += kRow;
        }
    }

    const Result& result_;
    const Script& script_;
    std::size_t slots_;
    base::Duration whole_{1};
    double top_ = 10;
    std::string body_;
};

}  // namespace

std::string svgReport(const Result& result, const Script& script) {
    return Chart(result, script).take();
}

}  // namespace myelin::simulate
