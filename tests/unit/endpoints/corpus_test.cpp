// Every endpoint of the corpus loads, or is refused for a reason that tests/config/corpus_refused.txt lists.
// MYELIN_UPDATE_GOLDEN=1 in the environment writes the list anew from the classes in it; what none of them explains has
// to be judged by somebody.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "engine/config/build.hpp"
#include "engine/config/source.hpp"
#include "engine/xml/namespaces.hpp"
#include "tests/unit/engine/message/fake_artifacts.hpp"

namespace {

namespace fs = std::filesystem;
using namespace myelin;

const std::string kUnexplained = "?";
constexpr std::string_view kClass = "class ";
constexpr std::string_view kSometimes = "sometimes ";

/// tests/config/corpus_refused.txt: lines `class NAME: part of the error`, or `sometimes NAME: ...` when it depends
/// on servers, then lines `NAME DOCUMENT`.
class RefusedList {
public:
    explicit RefusedList(const fs::path& path) : path_(path) {
        std::ifstream in(path);
        BOOST_REQUIRE_MESSAGE(in, path << " cannot be read");
        for (std::string line; std::getline(in, line);) {
            const bool sometimes = line.starts_with(kSometimes);
            const bool isClass = sometimes || line.starts_with(kClass);
            const auto blank = line.find(' ');
            if (!isClass && !line.starts_with('#') && blank != std::string::npos) {
                listed_[line.substr(blank + 1)] = line.substr(0, blank);
                continue;
            }
            head_.push_back(line);
            if (!isClass) continue;
            const auto colon = line.find(": ");
            BOOST_REQUIRE_MESSAGE(colon != std::string::npos, line);
            const std::string name = line.substr(blank + 1, colon - blank - 1);
            classes_[name] = line.substr(colon + 2);
            if (sometimes) sometimes_.insert(name);
        }
        for (const auto& [document, name] : listed_) {
            BOOST_CHECK_MESSAGE(classes_.contains(name), document << ": there is no class " << name);
        }
    }

    bool mayLoad(const std::string& document) const { return sometimes_.contains(listed_.at(document)); }
    bool has(const std::string& document) const { return listed_.contains(document); }
    const std::map<std::string, std::string>& all() const { return listed_; }
    /// Whether the error is the one that the document is listed for.
    bool explains(const std::string& document, const std::string& error) const {
        const auto found = classes_.find(listed_.at(document));
        return found != classes_.end() && error.find(found->second) != std::string::npos;
    }
    /// The class of an error, for who adds it to the list.
    std::string classOf(const std::string& error) const {
        for (const auto& [name, part] : classes_) {
            if (error.find(part) != std::string::npos) return name;
        }
        return kUnexplained;
    }
    /// The classes as they are, and these documents by class.
    void write(const std::map<std::string, std::string>& refused) const {
        std::ofstream out(path_);
        for (const auto& line : head_) out << line << '\n';
        std::set<std::string> entries;
        for (const auto& [document, name] : refused) entries.insert(name + " " + document);
        for (const auto& entry : entries) out << entry << '\n';
    }

private:
    fs::path path_;
    std::vector<std::string> head_;  // all but the documents
    std::map<std::string, std::string> classes_;
    std::set<std::string> sometimes_;  // classes
    std::map<std::string, std::string> listed_;
};

/// The outermost <endpoint> elements: those inside a group are read with it.
void findEndpoints(pugi::xml_node node, std::vector<pugi::xml_node>& found) {
    for (const pugi::xml_node child : node.children()) {
        if (xml::is(child, config::kSynapseNamespace, "endpoint")) {
            found.push_back(child);
        } else {
            findEndpoints(child, found);
        }
    }
}

struct Verdict {
    std::size_t endpoints = 0;
    std::string errors;  ///< one a line; empty when all of them load
};

Verdict judge(const fs::path& path) {
    Verdict verdict;
    config::Diagnostics diagnostics;
    const auto file = config::SourceFile::open(path.string(), diagnostics);
    config::StateStore states;
    const message::test::FakeArtifacts artifacts;
    config::Build build(diagnostics, states, artifacts);
    build.beginArtifact("document", path.filename().string());
    if (file) {
        std::vector<pugi::xml_node> found;
        findEndpoints(file->root().parent(), found);
        for (const auto node : found) {
            ++verdict.endpoints;
            config::Element element(node, *file, diagnostics);
            (void)build.inlineEndpoint(element);
        }
    }
    for (const auto& finding : diagnostics.sorted()) {
        if (finding.severity == config::Severity::Error) verdict.errors += finding.what + "\n";
    }
    return verdict;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(Corpus)

BOOST_AUTO_TEST_CASE(everyEndpointLoadsOrIsRefusedForAListedReason) {
    const fs::path source = MYELIN_SOURCE_DIR;
    const fs::path corpus = source / "../shared/corpus";
    if (!fs::exists(corpus)) {
        BOOST_TEST_MESSAGE("skipped: there is no " << corpus.string());
        return;
    }
    const RefusedList list(source / "tests/config/corpus_refused.txt");
    std::set<std::string> documents;
    std::map<std::string, std::string> refused;  // document and class
    std::vector<std::string> loadByNow;
    std::size_t endpointDocuments = 0;
    std::size_t endpoints = 0;
    std::size_t refusedDocuments = 0;
    std::size_t allRefused = 0;
    std::ostringstream unlisted;
    for (const auto& entry : fs::recursive_directory_iterator(corpus)) {
        if (entry.path().extension() != ".xml") continue;
        const std::string name = fs::relative(entry.path(), corpus).string();
        const Verdict verdict = judge(entry.path());
        const bool ofEndpoint = name.starts_with("endpoint/");
        if (verdict.endpoints == 0 && !ofEndpoint) continue;
        documents.insert(name);
        endpoints += verdict.endpoints;
        endpointDocuments += ofEndpoint ? 1 : 0;
        if (verdict.errors.empty()) {
            if (list.has(name) && !list.mayLoad(name)) loadByNow.push_back(name);
            continue;
        }
        const std::string reason = list.classOf(verdict.errors);
        if (reason != kUnexplained) refused[name] = reason;
        refusedDocuments += ofEndpoint ? 1 : 0;
        ++allRefused;
        if (!list.has(name)) {
            unlisted << reason << ' ' << name << "\n    " << verdict.errors;
        } else {
            BOOST_CHECK_MESSAGE(list.explains(name, verdict.errors),
                                name << " is listed for another reason than\n"
                                     << verdict.errors);
        }
    }
    BOOST_TEST_MESSAGE("corpus: " << endpointDocuments - refusedDocuments << " of " << endpointDocuments
                                  << " endpoint documents load; with the " << endpoints << " endpoints inside others, "
                                  << documents.size() - allRefused << " of " << documents.size() << " documents");
    if (std::getenv("MYELIN_UPDATE_GOLDEN")) list.write(refused);
    BOOST_CHECK_MESSAGE(unlisted.str().empty(), "refused and not listed:\n" << unlisted.str());
    for (const auto& [name, reason] : list.all()) {
        BOOST_CHECK_MESSAGE(documents.contains(name),
                            name << " is listed, but there is no such document with endpoints");
    }
    for (const auto& name : loadByNow) BOOST_ERROR(name << " is listed as refused, but loads; take it out of the list");
}

BOOST_AUTO_TEST_SUITE_END()
