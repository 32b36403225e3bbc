#include "engine/xml/xpath_query.hpp"

#include <algorithm>

#include "engine/xml/xpath_lexer.hpp"

namespace myelin::xml::xpath {

namespace {

constexpr std::size_t kLargeText = 4096;

pugi::xpath_value_type typeOf(const Slot& slot, const Value& value) noexcept {
    if (slot.nodes || std::holds_alternative<NodeSet>(value)) return pugi::xpath_type_node_set;
    if (std::holds_alternative<double>(value)) return pugi::xpath_type_number;
    if (std::holds_alternative<bool>(value)) return pugi::xpath_type_boolean;
    return pugi::xpath_type_string;
}

std::size_t threadNumber() noexcept {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
    return number;
}

Spellings copied(const SpellingViews& views) {
    Spellings result;
    for (const auto& view : views) {
        if (view)
            result.emplace_back(std::string(*view));
        else
            result.emplace_back(std::nullopt);
    }
    return result;
}

}  // namespace

Query::Query(const Program& program, const SpellingViews& spellings, const std::vector<Value>& slots)
    : program_(program), spellings_(copied(spellings)) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
        types_.push_back(typeOf(program.slots[i], slots[i]));
        variables_.push_back(set_.add(("v" + std::to_string(i)).c_str(), types_.back()));
    }
    try {
        query_ = pugi::xpath_query(emit(program, spellings_).c_str(), &set_);
    } catch (const pugi::xpath_exception& error) {
        fail(program.text, 0, error.what());
    }
}

bool Query::fits(const SpellingViews& spellings, const std::vector<Value>& slots) const noexcept {
    for (std::size_t i = 0; i < spellings_.size(); ++i) {
        if (spellings_[i].has_value() != spellings[i].has_value()) return false;
        if (spellings_[i] && *spellings_[i] != *spellings[i]) return false;
    }
    for (std::size_t i = 0; i < types_.size(); ++i) {
        if (types_[i] != typeOf(program_.slots[i], slots[i])) return false;
    }
    return true;
}

void Query::bind(const std::vector<Value>& slots) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const Value& value = slots[i];
        pugi::xpath_variable& variable = *variables_[i];
        switch (types_[i]) {
            case pugi::xpath_type_node_set:
                if (const auto* nodes = std::get_if<NodeSet>(&value))
                    variable.set(*nodes);
                else
                    variable.set(NodeSet());
                break;
            case pugi::xpath_type_number:
                variable.set(std::get<double>(value));
                break;
            case pugi::xpath_type_boolean:
                variable.set(std::get<bool>(value));
                break;
            default:
                if (const auto* text = std::get_if<std::string>(&value)) {
                    variable.set(text->c_str());
                    large_ = large_ || text->size() > kLargeText;
                } else if (const auto* view = std::get_if<std::string_view>(&value)) {
                    variable.set(std::string(*view).c_str());
                    large_ = large_ || view->size() > kLargeText;
                } else {
                    variable.set("");
                }
        }
    }
}

void Query::release() {
    if (!large_) return;
    large_ = false;
    for (std::size_t i = 0; i < variables_.size(); ++i) {
        if (types_[i] == pugi::xpath_type_string) variables_[i]->set("");
    }
}

Query& QueryBox::find(const Program& program, const SpellingViews& spellings, const std::vector<Value>& slots) {
    ++uses_;
    for (const auto& candidate : queries_) {
        if (!candidate->fits(spellings, slots)) continue;
        candidate->lastUse = uses_;
        return *candidate;
    }
    auto made = std::make_unique<Query>(program, spellings, slots);
    made->lastUse = uses_;
    if (queries_.size() < kMaxQueries) {
        queries_.push_back(std::move(made));
        return *queries_.back();
    }
    auto& oldest = *std::min_element(
        queries_.begin(), queries_.end(), [](const auto& a, const auto& b) { return a->lastUse < b->lastUse; });
    oldest = std::move(made);
    return *oldest;
}

QueryCache::~QueryCache() {
    for (auto& box : boxes_) delete box.load(std::memory_order_acquire);
}

std::unique_ptr<QueryBox> QueryCache::take() noexcept {
    return std::unique_ptr<QueryBox>(
        boxes_[threadNumber() % boxes_.size()].exchange(nullptr, std::memory_order_acquire));
}

void QueryCache::put(std::unique_ptr<QueryBox> box) noexcept {
    delete boxes_[threadNumber() % boxes_.size()].exchange(box.release(), std::memory_order_acq_rel);
}

}  // namespace myelin::xml::xpath
