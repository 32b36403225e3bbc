#include "endpoints/sessions/path_table.hpp"

namespace myelin::endpoints {

std::size_t PathTable::sizeOf(std::string_view path) noexcept {
    constexpr std::size_t kLinks = 4 * sizeof(void*);  // of the map's node, its bucket and the entry
    return sizeof(Paths::value_type) + kLinks + path.size();
}

PathTable::Number PathTable::take(std::string_view path) {
    auto found = paths_.find(path);
    if (found == paths_.end()) {
        Number number = static_cast<Number>(entries_.size());
        if (free_.empty()) {
            entries_.push_back(nullptr);
        } else {
            number = free_.back();
            free_.pop_back();
        }
        found = paths_.emplace(std::string(path), Use{number, 0}).first;
        entries_[number] = &*found;
        bytes_ += sizeOf(path);
    }
    ++found->second.count;
    return found->second.number;
}

void PathTable::release(Number number) {
    auto& entry = *entries_[number];
    if (--entry.second.count != 0) return;
    bytes_ -= sizeOf(entry.first);
    entries_[number] = nullptr;
    free_.push_back(number);
    paths_.erase(paths_.find(entry.first));
}

}  // namespace myelin::endpoints
