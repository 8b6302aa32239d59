#include <bijou/io/torch_pickle.hpp>
#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/file_error_of.hpp"

namespace {

using bijou::detail::PickleKind;
using bijou::detail::PickleValue;
using bijou::detail::TorchPickle;

// A string with its zero bytes.
template <std::size_t N>
std::string bytes(const char (&text)[N]) {
  return {text, N - 1};
}

const std::filesystem::path path = "x.pt";

std::string refusal_of_pickle(const std::string& pickle) {
  return file_error_of([&] { TorchPickle(path, pickle); });
}

bool is_refused_with(const std::string& pickle, const std::string& why) {
  const std::string message = refusal_of_pickle(pickle);
  INFO(message);
  CHECK(message.find(why) != std::string::npos);
  return message.starts_with("x.pt: byte ");
}

}  // namespace

TEST_CASE("numbers, text, lists and dictionaries of a pickle", "[io]") {
  // pickle.dumps({"a": [1, -2, 300, 70000, 2**40, -2**40, 0.5, None, True, False], "b": (1, 2, 3, 4)}, protocol=2)
  const std::string pickle = bytes(
      "\x80\x02}q\x00(X\x01\x00\x00\x00"
      "aq\x01]q\x02(K\x01J\xfe\xff\xff\xffM,\x01J\x70\x11\x01\x00\x8a\x06\x00\x00\x00\x00\x00\x01\x8a\x06\x00\x00"
      "\x00\x00\x00\xffG?\xe0\x00\x00\x00\x00\x00\x00N\x88\x89"
      "eX\x01\x00\x00\x00"
      "bq\x03(K\x01K\x02K\x03K\x04tq\x04u.");
  const TorchPickle tree(path, pickle);
  const PickleValue& top = tree.value();
  REQUIRE(top.kind == PickleKind::dictionary);
  REQUIRE(top.items.size() == 4);
  CHECK(top.items[0]->text == "a");
  const auto& list = top.items[1]->items;
  REQUIRE(list.size() == 10);
  const std::int64_t whole[] = {1, -2, 300, 70000, std::int64_t{1} << 40, -(std::int64_t{1} << 40)};
  for (std::size_t i = 0; i < 6; ++i) CHECK(list[i]->integer == whole[i]);
  CHECK(list[6]->number == 0.5);
  CHECK(list[7]->kind == PickleKind::none);
  CHECK((list[8]->kind == PickleKind::boolean && list[8]->integer == 1));
  CHECK((list[9]->kind == PickleKind::boolean && list[9]->integer == 0));
  CHECK(top.items[3]->kind == PickleKind::tuple);
  CHECK(top.items[3]->items.size() == 4);
}

TEST_CASE("later protocols of pickle", "[io]") {
  // pickle.dumps({"a": 1}, protocol=4)
  const std::string pickle = bytes(
      "\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01"
      "a\x94K\x01s.");
  const TorchPickle tree(path, pickle);
  CHECK(tree.value().items[1]->integer == 1);
  const std::string named = bytes(
      "\x80\x04\x8c\x0b"
      "collections\x8c\x0bOrderedDict\x93)R.");
  const TorchPickle ordered(path, named);
  CHECK(ordered.value().kind == PickleKind::dictionary);
}

TEST_CASE("a pickle that would run code is refused by the name of what it needs", "[io]") {
  CHECK(is_refused_with(bytes("\x80\x02"
                              "cos\nsystem\nX\x02\x00\x00\x00ls\x85R."),
                        "it needs os.system"));
  CHECK(is_refused_with(bytes("\x80\x02"
                              "cbuiltins\neval\n."),
                        "it needs builtins.eval"));
  CHECK(is_refused_with(bytes("\x80\x04\x8c\x02os\x8c\x06system\x93."), "it needs os.system"));
  CHECK(is_refused_with(bytes("\x80\x02"
                              "ctorch.nn.modules.linear\nLinear\n."),
                        "save a state_dict"));
  // Names that are allowed, called with what makes no tensor.
  CHECK(is_refused_with(bytes("\x80\x02"
                              "ctorch\nFloatStorage\n)R."),
                        "a call of torch.FloatStorage"));
  CHECK(is_refused_with(bytes("\x80\x02"
                              "ccollections\nOrderedDict\nK\x01\x85R."),
                        "a call of collections.OrderedDict"));
  CHECK(is_refused_with(bytes("\x80\x02"
                              "ctorch._utils\n_rebuild_parameter\n)R."),
                        "a call of torch._utils._rebuild_parameter"));
  for (const char code : {'i', 'o', '\x81', '\x92', 'P', '\x82', 'I', 'S', 'l', 'd', 'p', 'g'}) {
    CHECK(is_refused_with(bytes("\x80\x02") + code + "\x00\x00\n.", "is not one that tensors need"));
  }
}

TEST_CASE("a pickle that is damaged is refused", "[io]") {
  const std::string whole = bytes(
      "\x80\x02}q\x00(X\x01\x00\x00\x00"
      "aq\x01]q\x02(K\x01\x8a\x06\x00\x00\x00\x00\x00\x01G?\xe0\x00\x00\x00\x00\x00\x00"
      "eu.");
  CHECK(TorchPickle(path, whole).value().kind == PickleKind::dictionary);
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK(refusal_of_pickle(whole.substr(0, length)) != "nothing was thrown");
  CHECK(is_refused_with(bytes("\x80\x09."), "protocol 9"));
  CHECK(is_refused_with(bytes("\x80\x02."), "nothing to work on"));
  CHECK(is_refused_with(bytes("\x80\x02t."), "no mark"));
  CHECK(is_refused_with(bytes("\x80\x02K\x01(a."), "nothing to work on"));
  CHECK(is_refused_with(bytes("\x80\x02K\x01K\x02s."), "nothing to work on"));
  CHECK(is_refused_with(bytes("\x80\x02K\x01K\x02K\x03s."), "a value of the wrong kind"));
  CHECK(is_refused_with(bytes("\x80\x02}(K\x01u."), "a key without a value"));
  CHECK(is_refused_with(bytes("\x80\x02h\x05."), "the place 5 of the memo is empty"));
  CHECK(is_refused_with(bytes("\x80\x02}r\xff\xff\xff\xff."), "out of range"));
  CHECK(is_refused_with(bytes("\x80\x02X\xff\xff\xff\xff."), "it ends early"));
  CHECK(is_refused_with(bytes("\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff."), "it ends early"));
  CHECK(is_refused_with(bytes("\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00."), "more than 64 bits"));
  CHECK(is_refused_with(bytes("\x80\x02]b."), "a value of the wrong kind"));
}
