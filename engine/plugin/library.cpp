#include "engine/plugin/library.hpp"

#include <Poco/TemporaryFile.h>
#include <dlfcn.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <mutex>

namespace myelin::plugin {

namespace {

std::atomic<unsigned> loadedSoFar{0};

/// Tells whether a file is the one that was loaded.
std::string fingerprint(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) throw LibraryError(std::strerror(errno));
    if (!S_ISREG(status.st_mode)) throw LibraryError("it is no file");
    if ((status.st_mode & S_IWOTH) != 0) throw LibraryError("everybody may write to it (chmod o-w)");
    return path + '\n' + std::to_string(status.st_dev) + ' ' + std::to_string(status.st_ino) + ' ' +
           std::to_string(status.st_size) + ' ' + std::to_string(status.st_mtim.tv_sec) + '.' +
           std::to_string(status.st_mtim.tv_nsec);
}

/// dlopen() takes a file that it knows by name or inode for loaded, whatever is in it now; and a mapped file that
/// changes is a crash. So a copy under a name of its own is mapped, and removed again at once.
void* mapCopy(const std::string& path) {
    const Poco::TemporaryFile copy;
    std::error_code error;
    std::filesystem::copy_file(path, copy.path(), error);
    if (error) throw LibraryError("it cannot be copied to " + copy.path() + ": " + error.message());
    void* handle = ::dlopen(copy.path().c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle) return handle;
    std::string reason = ::dlerror();
    // The loader's text begins with the name of the copy, which says nothing to anybody.
    if (reason.starts_with(copy.path() + ": ")) reason.erase(0, copy.path().size() + 2);
    throw LibraryError(reason);
}

}  // namespace

/// Takes a plugin's names while it announces them.
class Library::Announcement final : public Registrar {
public:
    explicit Announcement(Library& library) : library_(library) {}

protected:
    void addEndpoint(const char* name, EndpointFactory factory) override {
        add(library_.endpoints_, "endpoint class", name, factory);
    }
    void addAlgorithm(const char* name, AlgorithmFactory factory) override {
        add(library_.algorithms_, "algorithm", name, factory);
    }
    void addMembershipHandler(const char* name, MembershipHandlerFactory factory) override {
        add(library_.membershipHandlers_, "membership handler", name, factory);
    }
    void addMediator(const char* name, MediatorFactory factory) override {
        add(library_.mediators_, "mediator", name, factory);
    }

private:
    template <typename Map, typename Factory>
    static void add(Map& map, const std::string& kind, const char* name, Factory factory) {
        if (!name || *name == '\0') throw LibraryError("it announces a " + kind + " without a name");
        if (!map.emplace(name, factory).second) {
            throw LibraryError("it announces the " + kind + " \"" + name + "\" twice");
        }
    }
    Library& library_;
};

std::shared_ptr<const Library> Library::open(const std::string& path) {
    static std::mutex mutex;
    static auto& known = *new std::map<std::string, std::weak_ptr<const Library>>;
    const std::string key = fingerprint(path);
    const std::lock_guard lock(mutex);
    std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
    if (const auto found = known.find(key); found != known.end()) {
        if (auto library = found->second.lock()) return library;
    }
    std::shared_ptr<const Library> library(new Library(path));
    known[key] = library;
    return library;
}

Library::Library(const std::string& path) : path_(path), handle_(mapCopy(path)), serial_(++loadedSoFar) {
    std::string failure;
    try {
        const Descriptor& descriptor = checkedDescriptor();
        name_ = descriptor.name;
        version_ = descriptor.version;
        Announcement announcement(*this);
        descriptor.announce(announcement);
        return;
    } catch (const LibraryError& error) {
        failure = error.what();
    } catch (const std::exception& error) {
        failure = std::string("it failed while announcing what it has: ") + error.what();
    } catch (...) {
        failure = "it failed while announcing what it has";
    }
    ::dlclose(handle_);
    throw LibraryError(failure);
}

Library::~Library() {
    ::dlclose(handle_);
}

const Descriptor& Library::checkedDescriptor() const {
    const auto* descriptor = static_cast<const Descriptor*>(::dlsym(handle_, kDescriptorSymbol));
    if (!descriptor || std::memcmp(descriptor->magic, kMagic, sizeof kMagic) != 0) {
        throw LibraryError("it is no Myelin plugin: it has no " + std::string(kDescriptorSymbol) +
                           " (see MYELIN_PLUGIN in plugin.hpp)");
    }
    if (descriptor->abi != MYELIN_PLUGIN_ABI || descriptor->size != sizeof(Descriptor)) {
        throw LibraryError("it was built for version " + std::to_string(descriptor->abi) +
                           " of the plugin interface; this Myelin has version " + std::to_string(MYELIN_PLUGIN_ABI) +
                           ", so build it again");
    }
    if (!descriptor->toolchain || std::strcmp(descriptor->toolchain, kToolchain) != 0) {
        throw LibraryError("it was built with another standard library (" +
                           std::string(descriptor->toolchain ? descriptor->toolchain : "unknown") +
                           "); this Myelin uses " + kToolchain);
    }
    if (!descriptor->name || !descriptor->version || !descriptor->announce) {
        throw LibraryError("its description is incomplete");
    }
    return *descriptor;
}

}  // namespace myelin::plugin
