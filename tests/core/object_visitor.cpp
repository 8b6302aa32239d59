#include <bijou/core/object_visitor.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/model.hpp"

using namespace bijou;

namespace {

/// What a walk calls, as text.
struct Listing final : detail::ObjectVisitor {
  std::vector<std::string> lines;
  void enter(const detail::ObjectInfo& info, const detail::Path* path) override {
    lines.push_back("enter " + (path ? path->text() : "") + ":" + std::string(info.type) +
                    (info.is_leaf ? " leaf" : "") + info.state_error(info.object));
  }
  void enter_list(const detail::Path* path) override { lines.push_back("list " + (path ? path->text() : "")); }
  void leave() override { lines.emplace_back("leave"); }
  void numbers(const detail::MemberNumbers& numbers, const detail::Path& path) override {
    const char* const roles[] = {"parameter", "frozen", "state", "structure"};
    std::string line = std::string(roles[static_cast<int>(numbers.role)]) + " " + path.text();
    for (const Index extent : numbers.shape) line += " " + std::to_string(extent);
    lines.push_back(line + (numbers.is_column_major ? " by columns" : ""));
  }
};

struct Inner {
  static constexpr const char* name = "Inner";
  Eigen::Matrix2d matrix = Eigen::Matrix2d::Identity();
  std::vector<int> order{1, 0};
  int size = 2;
  static constexpr auto members() {
    return bijou::Members{parameter("matrix", &Inner::matrix), state("order", &Inner::order),
                          structure("size", &Inner::size)};
  }
  std::string state_error() const { return " wrong"; }
  std::string shape() const { return "2"; }
};

struct Outer {
  std::vector<Inner> list{1};
  Inner fixed;
  static constexpr auto members() { return bijou::Members{part("list", &Outer::list), frozen("fixed", &Outer::fixed)}; }
};

template <class U>
std::vector<std::string> listing(U object) {
  Listing visitor;
  detail::visit_object(object, nullptr, false, visitor);
  return visitor.lines;
}

}  // namespace

TEST_CASE("a walk through an object calls for all that belongs to it, in order", "[object_visitor]") {
  CHECK(listing(Outer{}) ==
        std::vector<std::string>{
            "enter :", "list list", "enter list.0:Inner leaf wrong", "parameter list.0.matrix 2 2 by columns",
            "state list.0.order 2", "structure list.0.size", "leave", "leave", "enter fixed:Inner leaf wrong",
            "frozen fixed.matrix 2 2 by columns", "state fixed.order 2", "structure fixed.size", "leave", "leave"});
  const std::vector<std::string> all = listing(laws::model());
  const auto has = [&](const std::string& line) { return std::count(all.begin(), all.end(), line) == 1; };
  CHECK(has("parameter layers.1.weight 2 3"));
  CHECK(has("parameter vector 3"));
  CHECK(has("state mean 3"));
  CHECK(has("state degrees.1 2"));
  CHECK(has("state count"));
  CHECK(has("list parts"));
  CHECK(has("enter parts.0:"));
}

TEST_CASE("the numbers of a member know their type and constraint", "[object_visitor]") {
  Eigen::Vector2f scale(1, 0);
  const detail::MemberNumbers numbers = detail::numbers_of<FiniteReciprocal>(scale, detail::MemberRole::parameter);
  CHECK(numbers.is_floating);
  CHECK(numbers.size_of_one == sizeof(float));
  CHECK(numbers.hold(scale.data(), 1));
  CHECK_FALSE(numbers.hold(scale.data(), 2));
  CHECK(std::string(numbers.expected) == FiniteReciprocal::expected);
  bool flag = true;
  const detail::MemberNumbers of_flag = detail::numbers_of<detail::AnyValue>(flag, detail::MemberRole::state);
  CHECK(of_flag.is_bool);
  CHECK(of_flag.shape.empty());
  CHECK(of_flag.hold == nullptr);
}
