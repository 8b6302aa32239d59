#pragma once

#include <bijou/core/sizes.hpp>
#include <bijou/core/workspace.hpp>
#include <bijou/distributions/distribution.hpp>
#include <bijou/io/architecture.hpp>
#include <bijou/io/atomic_file.hpp>
#include <bijou/io/constant_expression.hpp>
#include <bijou/io/constant_numbers.hpp>
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace bijou {

namespace detail {

/// What the calls for a single event take from a workspace, in bytes.
struct BytesOfOneEvent {
  std::size_t of_calls;
  std::size_t of_tiles;
};

template <class P>
BytesOfOneEvent bytes_of_one_event(const P& flow) {
  using Matrix = Eigen::MatrixX<scalar_t<P>>;
  Workspace workspace;
  std::mt19937_64 rng;
  Matrix event = Matrix::Zero(flow.event_size(), 1);
  const Matrix context = Matrix::Zero(bijou::context_size(flow), 1);
  const auto call = [&](const auto& density) {
    density.score(event, workspace);
    density.sample_with_log_prob(event, Eigen::VectorX<scalar_t<P>>(1), rng, workspace);
  };
  if constexpr (requires { flow.context_size(); }) {
    if (context.rows() > 0)
      call(flow.given(context));
    else
      call(flow);
  } else {
    call(flow);
  }
  return {WorkspaceAccess::arena(workspace, 0).capacity(), WorkspaceAccess::arena(workspace, 1).capacity()};
}

/// An array, which may be empty.
template <class N>
std::string constant_array(const char* name, const std::vector<N>& numbers) {
  return joined({"inline constexpr std::array<", scalar_text<N>, ", ", numbers.size(), "> ", name, "{",
                 constant_list(numbers), "};\n"});
}

inline void require_name(const std::string& name) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  constexpr std::string_view taken[] = {"alignas",   "alignof",       "and",         "and_eq",       "asm",
                                        "auto",      "bijou",         "bitand",      "bitor",        "bool",
                                        "break",     "case",          "catch",       "char",         "char16_t",
                                        "char32_t",  "char8_t",       "class",       "co_await",     "co_return",
                                        "co_yield",  "compl",         "concept",     "const",        "const_cast",
                                        "consteval", "constexpr",     "constinit",   "continue",     "decltype",
                                        "default",   "delete",        "do",          "double",       "dynamic_cast",
                                        "else",      "enum",          "explicit",    "export",       "extern",
                                        "false",     "float",         "for",         "friend",       "goto",
                                        "if",        "inline",        "int",         "long",         "main",
                                        "mutable",   "namespace",     "new",         "noexcept",     "not",
                                        "not_eq",    "nullptr",       "operator",    "or",           "or_eq",
                                        "private",   "protected",     "public",      "register",     "reinterpret_cast",
                                        "requires",  "return",        "short",       "signed",       "sizeof",
                                        "static",    "static_assert", "static_cast", "std",          "struct",
                                        "switch",    "template",      "this",        "thread_local", "throw",
                                        "true",      "try",           "typedef",     "typeid",       "typename",
                                        "union",     "unsigned",      "using",       "virtual",      "void",
                                        "volatile",  "wchar_t",       "while",       "xor",          "xor_eq",
                                        "Eigen"};
  const bool is_taken = std::find(std::begin(taken), std::end(taken), name) != std::end(taken);
  const bool is_word =
      !name.empty() && !(name.front() >= '0' && name.front() <= '9') && std::all_of(name.begin(), name.end(), is_good);
  if (is_word && !is_taken) return;
  throw_invalid_argument("write_header", "\"", name, "\" is no name for a namespace; give one, of letters and digits");
}

}  // namespace detail

/// Writes a flow as a C++ header with all numbers as constants, for programs without files, heap or exceptions, such as
/// controllers and firmware. It needs the headers of this library and gives the numbers of the flow to the last bit, if
/// both are compiled with the same options. In `name_space`, the name of the file if none is given, it has
///
/// | name | meaning |
/// |---|---|
/// | `Flow` | the type, of sizes known at compile time; networks are ConstantNetworks, which can lie in read-only memory |
/// | `make_flow()` | an object of it, with all calls of a flow |
/// | `Workspace` | a FixedWorkspace, large enough for log_prob, score and sample of one event |
///
/// Any flow whose parts are types of this library, but PerCoordinate and those of signals with a shape (flows::Glow,
/// flows::FloWaveNet, ConvolutionalNetwork and the like); what is not known throws std::invalid_argument
/// with its name. Throws FileError if the file cannot be written.
///
/// @code{.cpp}
/// #include <bijou/bijou.hpp>
/// #include <bijou/io/write_header.hpp>
///
/// int main() {
///   std::mt19937_64 rng{0};
///   bijou::write_header(bijou::flows::MAF<float, 2>{{}, rng}, "policy.hpp");
/// }
/// @endcode
///
/// and in the program for the controller
///
///     const policy::Flow flow = policy::make_flow();
///     static policy::Workspace workspace;
///     const float log_p = flow.log_prob(x, workspace);  // x: an Eigen::Vector2f
///     flow.sample(x, rng, workspace);                   // into x
template <Distribution P>
void write_header(const P& flow, const std::filesystem::path& path, std::string name_space = {}) {
  using T = detail::scalar_t<P>;
  if (name_space.empty()) name_space = path.stem().string();
  detail::require_name(name_space);
  detail::MembersByPath members;
  detail::visit_object(const_cast<P&>(flow), nullptr, false, members);  // which changes nothing
  const detail::Json architecture = detail::architecture_of(flow);
  const detail::ConstantExpression<T> expression(architecture, members);

  std::vector<T> parameters;
  std::vector<double> state;
  for (const std::string& member : members.order()) {
    if (expression.is_constant(member)) continue;
    const bool is_parameter = members.at(member).role == detail::MemberRole::parameter;
    if (is_parameter)
      for (const T number : members.template values<T>(member)) parameters.push_back(number);
    else
      for (const double number : members.template values<double>(member)) state.push_back(number);
  }
  const detail::BytesOfOneEvent bytes = detail::bytes_of_one_event(flow);

  std::string text = "#pragma once\n\n// Written by bijou " + detail::version_text() + ": " +
                     detail::type_text(architecture) +
                     "\n#include <bijou/core/fill_members.hpp>\n#include <bijou/core/workspace.hpp>\n";
  for (const std::string& header : expression.headers()) text += "#include <bijou/" + header + ">\n";
  text +=
      "#include <array>\n#include <limits>\n#include <span>\n\nnamespace " + name_space + " {\n\nnamespace parts {\n\n";
  text += expression.declarations();
  text += detail::constant_array("parameters", parameters) + detail::constant_array("state", state);
  text += "\n}  // namespace parts\n\nusing Flow = parts::" + expression.root().type + ";\n\n";
  text += "inline Flow make_flow() {\n  using namespace parts;\n  Flow flow = " + expression.root().value +
          ";\n  bijou::detail::fill_members(flow, std::span<const " + detail::scalar_text<T> +
          ">(parameters), std::span<const double>(state));\n  return flow;\n}\n\n";
  text += "/// For log_prob, score and sample of one event.\nusing Workspace = bijou::FixedWorkspace<" +
          std::to_string(bytes.of_calls) + ", " + std::to_string(bytes.of_tiles) + ">;\n\n}  // namespace " +
          name_space + "\n";
  AtomicFile file(path);
  file.write(text.data(), text.size());
  file.commit();
}

}  // namespace bijou
