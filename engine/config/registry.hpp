#pragma once

#include <cstdlib>
#include <iostream>
#include <map>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace myelin::config {

/// What the kinds of one sort (mediators, endpoints, algorithms) register themselves in, by name, from static
/// initialisers in their own files. Filled before main() begins and only read afterwards, so it needs no lock.
///
/// A layer that owns a sort makes one and never destroys it:
///
///     MediatorRegistry& mediatorRegistry() {
///         static auto& registry = *new MediatorRegistry("mediator");
///         return registry;
///     }
template <typename Factory>
class Registry {
public:
    /// `kind` is the word for messages: "mediator".
    explicit Registry(std::string kind) : kind_(std::move(kind)) {}
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    /// A name taken twice is a mistake of ours that must not reach a user: prints both places and aborts.
    void add(std::string_view name, Factory factory, std::source_location where = std::source_location::current()) {
        const auto [entry, added] = entries_.try_emplace(std::string(name), Entry{std::move(factory), where});
        if (added) return;
        std::cerr << "fatal: " << kind_ << " \"" << name << "\" is registered twice: in "
                  << entry->second.where.file_name() << ':' << entry->second.where.line() << " and in "
                  << where.file_name() << ':' << where.line() << std::endl;
        std::abort();
    }

    /// Null when nothing has that name.
    const Factory* find(std::string_view name) const noexcept {
        const auto entry = entries_.find(name);
        return entry == entries_.end() ? nullptr : &entry->second.factory;
    }

    /// All names, sorted. The views live as long as the registry.
    std::vector<std::string_view> names() const {
        std::vector<std::string_view> result;
        result.reserve(entries_.size());
        for (const auto& [name, entry] : entries_) result.push_back(name);
        return result;
    }

    const std::string& kind() const noexcept { return kind_; }

private:
    struct Entry {
        Factory factory;
        std::source_location where;
    };

    std::string kind_;
    std::map<std::string, Entry, std::less<>> entries_;
};

/// Registers by being constructed: `const Registration<Factory> kRegistration{registry(), "log", &makeLog};`
template <typename Factory>
class Registration {
public:
    Registration(Registry<Factory>& registry,
                 std::string_view name,
                 Factory factory,
                 std::source_location where = std::source_location::current()) {
        registry.add(name, std::move(factory), where);
    }
};

}  // namespace myelin::config
