#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// All that a Myelin plugin includes: a shared library that brings mediators, endpoint classes, balancing algorithms
/// and membership handlers of its own. Nothing but the standard library stands behind it. samples/plugins has complete
/// ones to copy.
///
/// Everything here is the binary interface. A change to it changes MYELIN_PLUGIN_ABI, and Myelin refuses a plugin that
/// was built for another number before it calls anything in it.
#define MYELIN_PLUGIN_ABI 3

namespace myelin::plugin {

/// The parameters that the configuration gives to one object of a plugin. Valid during construction only.
class Options {
public:
    /// The value, or null when it was not given. An option that nobody asks for is reported as a mistake of the
    /// configuration.
    virtual const std::string* find(std::string_view name) const = 0;

    std::string text(std::string_view name, std::string_view otherwise) const {
        const std::string* value = find(name);
        return value ? *value : std::string(otherwise);
    }
    /// Throws std::invalid_argument when it was not given.
    std::string required(std::string_view name) const {
        const std::string* value = find(name);
        if (!value) throw std::invalid_argument("the parameter \"" + std::string(name) + "\" is missing");
        return *value;
    }

protected:
    ~Options() = default;
};

/// The message that is to be sent. Valid during one call.
class Message {
public:
    virtual std::string_view method() const = 0;
    /// The message's To: at first the target of the request line, path and query.
    virtual std::string_view to() const = 0;
    /// SOAP action, empty when there is none.
    virtual std::string_view action() const = 0;
    /// The first header field of that name, in any case.
    virtual std::optional<std::string> header(std::string_view name) const = 0;
    /// A property of the default scope, as get-property() sees it.
    virtual std::optional<std::string> property(std::string_view name) const = 0;
    /// IP address of the client.
    virtual std::string_view clientAddress() const = 0;
    /// The whole body as it stands. Buffers a body that is still on its way; throws when that fails.
    virtual std::string_view body() const = 0;

protected:
    ~Message() = default;
};

/// The message while a mediator has it. Valid during one call.
class MutableMessage : public Message {
public:
    /// Whether it is an answer on its way to the client.
    virtual bool response() const = 0;
    /// HTTP status of a backend's answer; 0 of a request.
    virtual int status() const = 0;
    virtual void setTo(std::string_view to) = 0;
    virtual void setAction(std::string_view action) = 0;
    /// Replaces the header fields of that name. Line breaks in the value become blanks; throws for a name that is none.
    virtual void setHeader(std::string_view name, std::string_view value) = 0;
    virtual void removeHeader(std::string_view name) = 0;
    /// Of the default scope.
    virtual void setProperty(std::string_view name, std::string_view value) = 0;
    virtual void removeProperty(std::string_view name) = 0;
    /// Replaces the body and says what it is: "application/json; charset=UTF-8". Views of the former one end.
    virtual void setBody(std::string_view body, std::string_view contentType) = 0;

protected:
    ~MutableMessage() = default;
};

/// What a mediator throws that wants an ERROR_CODE of its own. Any other exception is code 0.
class Fault : public std::runtime_error {
public:
    Fault(int code, const std::string& text) : std::runtime_error(text), code_(code) {}
    int code() const noexcept { return code_; }

private:
    int code_;
};

/// <class name="..."> in a sequence: one step of mediation. One object serves all workers at once.
class Mediator {
public:
    virtual ~Mediator() = default;
    /// Whether mediation goes on behind it; false ends the flow. What it throws is a fault of the message, which goes
    /// to onError and fault sequences. It must not block, and must not ask for the body in a catch block.
    virtual bool mediate(MutableMessage& message) const = 0;
};

/// <endpoint><class name="..."/></endpoint>: says where a message goes. Myelin sends it, with time-outs, suspension and
/// all else that an address has. One object serves all workers at once.
class Endpoint {
public:
    virtual ~Endpoint() = default;
    /// The absolute http or https URL for this message. An exception fails the message with its text.
    virtual std::string addressFor(const Message& message) const = 0;
};

/// One server of a group whose servers come and go. A port of 0 says that the server does not speak that protocol.
struct Member {
    std::string host;
    std::uint16_t httpPort = 0;
    std::uint16_t httpsPort = 0;
    std::uint32_t weight = 1;
};

/// <membershipHandler class="...">: knows the servers of a dynamic group.
class MembershipHandler {
public:
    virtual ~MembershipHandler() = default;
    /// Who is there now. Called now and then on a thread where it may block, one call at a time. After an exception the
    /// members stay as they were.
    virtual std::vector<Member> members() = 0;
};

/// A child of a load-balance group, as the configuration describes it.
struct Child {
    /// The same across reloads as long as it is the same child: its name, else its key, else its address.
    std::string id;
    std::uint32_t weight = 1;  ///< property loadbalance.weight, of the child or else of the group
    /// Its properties with a fixed value; where it has none of a name, the group's.
    std::map<std::string, std::string> properties;
};

/// The children of a group while one message is given to one of them; by index, in the order of declaration.
class Candidates {
public:
    virtual std::size_t size() const noexcept = 0;
    /// Whether the child may be given the message now: in service, and not refused for this message before.
    virtual bool available(std::size_t index) const noexcept = 0;
    /// The child's messages under way, of all workers, until their answers are over. Always 0 unless the algorithm
    /// measures.
    virtual std::uint32_t inFlight(std::size_t index) const noexcept = 0;
    /// How long the child lately took to answer, in nanoseconds: an average that follows a rise at once and a fall
    /// within seconds. 0 before the first answer, and unless the algorithm measures.
    virtual std::int64_t latency(std::size_t index) const noexcept = 0;
    virtual const Message& message() const = 0;
    /// What messages that belong together have in common, for algorithms that keep them together: what the group's
    /// option loadbalance.hashOn says, the client's address without it. Empty when the message has no such thing. An
    /// algorithm that uses it asks for the option in its constructor, so that the option is not taken for a mistake.
    /// May wait for the body, and throw when that fails: not to be called while a lock is held.
    virtual std::string_view key() const = 0;
    /// All 64 bits by chance; in a simulation by its seed.
    virtual std::uint64_t random() const noexcept = 0;
    /// Nanoseconds of a clock that never goes back.
    virtual std::int64_t now() const noexcept = 0;

protected:
    ~Candidates() = default;
};

inline constexpr std::size_t kNoCandidate = static_cast<std::size_t>(-1);

/// What became of a message that was given to a child.
struct Report {
    std::size_t index = 0;
    bool answered = false;         ///< with any status
    int status = 0;                ///< of the answer
    int code = 0;                  ///< Synapse's error code when there was no answer; 0 when it was not even sent
    std::int64_t nanoseconds = 0;  ///< until the head of the answer; 0 unless the algorithm measures
};

/// <loadbalance algorithm="...">: chooses a child for each attempt to send a message. Never sends, retries or waits.
/// One object serves all workers at once, so its state is atomic, or locked for no longer than a choice takes. It
/// serves until a reload changes the group: its children, their weights or its options.
class Algorithm {
public:
    virtual ~Algorithm() = default;
    /// The index of a child that is available, or kNoCandidate when none is.
    virtual std::size_t pick(const Candidates& candidates) = 0;
    /// Follows every pick() that chose a child.
    virtual void report(const Report& report) { (void)report; }
    /// Whether report() has to be called; asked once. False saves a little.
    virtual bool listens() const noexcept { return true; }
    /// Whether inFlight() and latency() are used; asked once, and only if it listens. They cost two clock readings and
    /// two writes for each message.
    virtual bool measures() const noexcept { return false; }
    /// Called before the first pick() with the object that served the group until a reload, if it was made by the same
    /// factory, so it is safe to cast. It goes on serving messages that came before.
    virtual void continueFrom(const Algorithm& previous) { (void)previous; }
};

using EndpointFactory = std::unique_ptr<Endpoint> (*)(const Options&);
/// `children` is never empty. std::invalid_argument says what is wrong with them or with the options.
using AlgorithmFactory = std::unique_ptr<Algorithm> (*)(const Options&, const std::vector<Child>& children);
using MembershipHandlerFactory = std::unique_ptr<MembershipHandler> (*)(const Options&);
using MediatorFactory = std::unique_ptr<Mediator> (*)(const Options&);

/// Takes what a plugin brings, by the names that configurations use (Synapse's Java class names, say).
class Registrar {
public:
    /// `Type` has a constructor with `const Options&`, or one without parameters.
    template <typename Type>
    void endpoint(const char* name) {
        addEndpoint(name, &make<Endpoint, Type>);
    }
    /// `Type` has a constructor with `const Options&, const std::vector<Child>&`, or one of the others.
    template <typename Type>
    void algorithm(const char* name) {
        addAlgorithm(name, &makeAlgorithm<Type>);
    }
    template <typename Type>
    void membershipHandler(const char* name) {
        addMembershipHandler(name, &make<MembershipHandler, Type>);
    }
    template <typename Type>
    void mediator(const char* name) {
        addMediator(name, &make<Mediator, Type>);
    }

protected:
    ~Registrar() = default;
    virtual void addEndpoint(const char* name, EndpointFactory factory) = 0;
    virtual void addAlgorithm(const char* name, AlgorithmFactory factory) = 0;
    virtual void addMembershipHandler(const char* name, MembershipHandlerFactory factory) = 0;
    virtual void addMediator(const char* name, MediatorFactory factory) = 0;

private:
    template <typename Type>
    static std::unique_ptr<Algorithm> makeAlgorithm(const Options& options, const std::vector<Child>& children) {
        if constexpr (std::is_constructible_v<Type, const Options&, const std::vector<Child>&>)
            return std::make_unique<Type>(options, children);
        else
            return make<Algorithm, Type>(options);
    }
    template <typename Interface, typename Type>
    static std::unique_ptr<Interface> make(const Options& options) {
        if constexpr (std::is_constructible_v<Type, const Options&>)
            return std::make_unique<Type>(options);
        else
            return std::make_unique<Type>();
    }
};

/// What a plugin exports under the name myelinPlugin. Plain data, so that it can be judged before any code runs.
struct Descriptor {
    char magic[16];
    std::uint32_t abi;
    std::uint32_t size;     ///< of this structure
    const char* toolchain;  ///< of the standard library that its types come from
    const char* name;
    const char* version;
    void (*announce)(Registrar&);
};

inline constexpr char kMagic[16] = "myelin plugin";
inline constexpr const char* kDescriptorSymbol = "myelinPlugin";
#if defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI
inline constexpr const char* kToolchain = "libstdc++, C++11 ABI";
#elif defined(_LIBCPP_VERSION)
inline constexpr const char* kToolchain = "libc++";
#else
inline constexpr const char* kToolchain = "libstdc++, old ABI";
#endif

}  // namespace myelin::plugin

/// Once in a plugin: `MYELIN_PLUGIN("name", "1.0") { registrar.endpoint<Mine>("my.Endpoint"); }`
#define MYELIN_PLUGIN(pluginName, pluginVersion)                                             \
    static void myelinAnnounce(::myelin::plugin::Registrar& registrar);                      \
    extern "C" __attribute__((visibility("default")))                                        \
    const ::myelin::plugin::Descriptor myelinPlugin = {"myelin plugin",                      \
                                                       MYELIN_PLUGIN_ABI,                    \
                                                       sizeof(::myelin::plugin::Descriptor), \
                                                       ::myelin::plugin::kToolchain,         \
                                                       pluginName,                           \
                                                       pluginVersion,                        \
                                                       &myelinAnnounce};                     \
    static void myelinAnnounce(::myelin::plugin::Registrar& registrar)
