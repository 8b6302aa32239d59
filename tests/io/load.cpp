#include <bijou/bijou.hpp>
#include <bijou/io/load.hpp>
#include <bijou/io/save.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/edited_file.hpp"
#include "support/message_of_file.hpp"
#include "support/temporary_folder.hpp"

using namespace bijou;

namespace {

/// Members of every kind.
struct Everything {
  Eigen::Matrix<float, 2, 3> columns{{1, 2, 3}, {4, 5, 6}};
  Eigen::Matrix<float, 2, 3, Eigen::RowMajor> rows{{1, 2, 3}, {4, 5, 6}};
  Eigen::VectorXf vector = Eigen::Vector2f(7, 8);
  Eigen::Vector2f scale{0.5f, -2};
  std::vector<int> order{2, 0, 1};
  std::array<std::uint8_t, 2> bytes{3, 255};
  Index count = 5;
  bool flag = true;
  double width = 0.1;
  std::vector<std::vector<int>> lists{{1}, {2, 3}};
  std::tuple<Affine<double, 1>> part{{Eigen::Vector<double, 1>(1), Eigen::Vector<double, 1>(2)}};

  static constexpr auto members() {
    return bijou::Members{
        parameter("columns", &Everything::columns), parameter("rows", &Everything::rows),
        parameter("vector", &Everything::vector),   parameter<FiniteReciprocal>("scale", &Everything::scale),
        state("order", &Everything::order),         state("bytes", &Everything::bytes),
        structure("count", &Everything::count),     state("flag", &Everything::flag),
        state("width", &Everything::width),         structure("lists", &Everything::lists),
        bijou::part("part", &Everything::part)};
  }
  friend bool operator==(const Everything& a, const Everything& b) {
    const auto numbers = [](const Everything& e) {
      return std::tie(e.order, e.bytes, e.count, e.flag, e.width, e.lists);
    };
    return a.columns == b.columns && a.rows == b.rows && a.vector == b.vector && a.scale == b.scale &&
           numbers(a) == numbers(b) && std::get<0>(a.part).shift() == std::get<0>(b.part).shift() &&
           std::get<0>(a.part).scale() == std::get<0>(b.part).scale();
  }
};

/// What load says of a file of `object` with one tensor replaced, after which the object is the same.
template <class U>
std::string refusal(const U& object, const Replacement& replacement) {
  const TemporaryFolder folder;
  save(object, folder / "a");
  write_edited(folder / "a", folder / "b", replacement);
  U other = object;
  const std::string message = message_of_file(folder / "b", [&] { load(folder / "b", other); });
  save(other, folder / "c");
  CHECK(bytes_of(folder / "c") == bytes_of(folder / "a"));
  return message;
}

}  // namespace

TEST_CASE("load gives back members of every kind", "[io]") {
  const TemporaryFolder folder;
  const Everything saved;
  save(saved, folder / "a");
  Everything loaded;
  loaded.columns.setZero();
  loaded.rows.setZero();
  loaded.vector.setZero();
  loaded.scale.setOnes();
  loaded.order = {0, 0, 0};
  loaded.bytes = {0, 0};
  loaded.flag = false;
  loaded.width = 0;
  std::get<0>(loaded.part) = Affine<double, 1>{Eigen::Vector<double, 1>(0), Eigen::Vector<double, 1>(1)};
  CHECK_FALSE(loaded == saved);
  load(folder / "a", loaded);
  CHECK(loaded == saved);
}

TEST_CASE("load refuses what does not fit, and the object stays as it is", "[io]") {
  const float numbers[] = {1, 2, 3, 4, 5, 6};
  const auto f32 = TensorType::f32;
  const Everything e;
  CHECK(refusal(e, {"columns", f32, {3, 2}, numbers}) ==
        "tensor \"columns\" has another shape: expected 2 x 3, found 3 x 2");
  CHECK(refusal(e, {"columns", f32, {6}, numbers}) == "tensor \"columns\" has another shape: expected 2 x 3, found 6");
  CHECK(refusal(e, {"vector", f32, {2, 1}, numbers}) == "tensor \"vector\" has another shape: expected 2, found 2 x 1");
  CHECK(refusal(e, {"count", f32, {1}, numbers}) == "tensor \"count\" has another shape: expected a number, found 1");
  CHECK(refusal(e, {"columns"}).find("tensor \"columns\" is missing; expected 2 x 3; the file is of type own type") ==
        0);
  CHECK(refusal(e, {"part.0.scale"}).find("tensor \"part.0.scale\" is missing; expected 1; the file") == 0);
  CHECK(refusal(e, {"more", f32, {6}, numbers})
            .find("tensor \"more\" is one too many: the object has no such member; the file is of") == 0);
}

TEST_CASE("load refuses numbers that a member cannot hold or that its constraint refuses", "[io]") {
  const Everything e;
  const float infinity = std::numeric_limits<float>::infinity();
  const float bad[] = {1, infinity, 3, 4, 5, 6};
  const float zero[] = {1, 0};
  const double large[] = {1, 1e39};
  const double tiny[] = {1e-46, 1};
  const float fraction[] = {0, 1.5f, 2};
  const std::int64_t beyond[] = {1, 0, std::int64_t{1} << 40};
  const std::int32_t negative[] = {1, -1};
  const std::uint8_t two = 2;
  const std::int64_t six = 6;
  const auto f32 = TensorType::f32;
  const auto f64 = TensorType::f64;
  CHECK(refusal(e, {"columns", f32, {2, 3}, bad}) == "tensor \"columns\" must be finite, found inf in place 1");
  CHECK(refusal(e, {"scale", f32, {2}, zero}) ==
        "tensor \"scale\" must be finite and not zero, with a finite reciprocal, found 0 in place 1");
  CHECK(refusal(e, {"vector", f64, {2}, large}) ==
        "tensor \"vector\" expected numbers that F32 holds, found 1e+39 in place 1");
  CHECK(refusal(e, {"scale", f64, {2}, tiny}).find("found 0 in place 0") != std::string::npos);  // rounded to 0
  CHECK(refusal(e, {"order", f32, {3}, fraction}).find("expected numbers that I32 holds") != std::string::npos);
  CHECK(refusal(e, {"order", TensorType::i64, {3}, beyond}) ==
        "tensor \"order\" expected numbers that I32 holds, found 1099511627776 in place 2");
  CHECK(refusal(e, {"bytes", TensorType::i32, {2}, negative}) ==
        "tensor \"bytes\" expected numbers that U8 holds, found -1 in place 1");
  CHECK(refusal(e, {"flag", TensorType::u8, {}, &two}) ==
        "tensor \"flag\" expected numbers that BOOL holds, found 2 in place 0");
  CHECK(refusal(e, {"flag", TensorType::boolean, {}, &two}).find("found 2 in place 0") != std::string::npos);
  CHECK(refusal(e, {"count", TensorType::i64, {}, &six}) ==
        "tensor \"count\" expected 5 in place 0, found 6; the object is made for another structure");
}

TEST_CASE("load refuses state that constructors would refuse", "[io]") {
  const int no_permutation[] = {0, 0, 1};
  CHECK(refusal(Chain{Permute<3>{1, 2, 0}, Reverse<3>{}},
                {"bijectors.0.indices", TensorType::i32, {3}, no_permutation}) ==
        "the state of bijectors.0 (Permute) is wrong: a permutation must name each index from 0 to D - 1 exactly once");
  const double low[] = {0, 3};
  CHECK(refusal(Box<double, 2>{{0, 0}, {1, 2}}, {"low", TensorType::f64, {2}, low})
            .find("the state of the object (Box) is wrong: expected low < high") == 0);
  CHECK(refusal(Uniform<double, 2>{{0, 0}, {1, 2}}, {"low", TensorType::f64, {2}, low}) ==
        "the state of the object (Uniform) is wrong: high - low must be finite and positive, got -1 in coordinate 1");
  const double zero[] = {1, 0};
  CHECK(refusal(StandardizeContext<double>{2}, {"deviation", TensorType::f64, {2}, zero})
            .find("a deviation that is not 0") != std::string::npos);
  CHECK(refusal(Standardize<double, 2>{}, {"map.bijector.scale", TensorType::f64, {2}, zero}) ==
        "tensor \"map.bijector.scale\" must be finite and not zero, with a finite reciprocal, found 0 in place 1");
  const double ten = 10;
  CHECK(refusal(RationalQuadraticSpline<double, 4>{}, {"low", TensorType::f64, {}, &ten}) ==
        "the state of the object (RationalQuadraticSpline) is wrong: expected low < high with a finite distance and a "
        "finite reciprocal of it, got 10 and 5");
  const std::int32_t outside[] = {0, 4};
  CHECK(refusal(OnSlice<4, Affine<double, 2>>{0, Affine<double, 2>{{0, 0}, {1, 1}}},
                {"coordinates", TensorType::i32, {2}, outside}) ==
        "the state of the object (OnSlice) is wrong: expected coordinates from 0 to 3, got 4");
  const std::int32_t which[] = {0, 2};
  using Mixed = PerCoordinate<AffineTransformer<double>, AdditiveTransformer<double>>;
  CHECK(refusal(Mixed{{0, 1}, {}, {}}, {"which", TensorType::i32, {2}, which}) ==
        "the state of the object (PerCoordinate) is wrong: expected numbers from 0 to 1, got 2");
  std::mt19937_64 rng{1};
  const std::int32_t degrees[] = {0, 0, 0, 0};
  CHECK(refusal(Made<double>{3, 2, {4}, rng}, {"degrees.1", TensorType::i32, {4}, degrees})
            .find("tensor \"degrees.1\" expected 1 in place 0, found 0") == 0);
  const double periods[] = {6.25, 0};
  const PeriodicFeatures<Mlp<double>> angles{Eigen::Vector2d(0, 6.25), 3, {4}, rng};
  CHECK(refusal(angles, {"periods", TensorType::f64, {2}, periods}).find("the object is made for another structure") !=
        std::string::npos);
}

TEST_CASE("state that may differ is what the file says", "[io]") {
  const TemporaryFolder folder;
  std::mt19937_64 rng{1};
  const Eigen::Matrix2Xd data = Eigen::Matrix2Xd::Random(2, 50);
  flows::MAF<double, 2> saved{{.layers = 2, .hidden = {5}, .alternation = flows::Alternation::random_permutation}, rng};
  initialize(saved, data);
  flows::MAF<double, 2> loaded{{.layers = 2, .hidden = {5}}, rng};
  CHECK_FALSE(loaded.is_initialized());
  save(saved, folder / "a");
  load(folder / "a", loaded);
  CHECK(loaded.is_initialized());
  CHECK(loaded.log_prob(data) == saved.log_prob(data));
  std::mt19937_64 one{2}, two{2};
  CHECK(loaded.sample(20, one) == saved.sample(20, two));
}

TEST_CASE("files of float and double are rounded, those of 16 bits widened", "[io]") {
  const TemporaryFolder folder;
  const Affine<double, 2> in_double{{0.1, 1}, {2, 1e-3}};
  Affine<float, 2> in_float{{0, 0}, {1, 1}};
  save(in_double, folder / "double");
  load(folder / "double", in_float);
  CHECK(in_float.shift() == Eigen::Vector2f(0.1f, 1));
  CHECK(in_float.scale() == Eigen::Vector2f(2, 1e-3f));
  save(in_float, folder / "float");
  Affine<double, 2> back{{0, 0}, {1, 1}};
  load(folder / "float", back);
  CHECK(back.shift() == Eigen::Vector2d(double{0.1f}, 1));

  const std::uint16_t half[] = {0x3c00, 0xc100};    // 1, -2.5
  const std::uint16_t bfloat[] = {0x3f80, 0xc020};  // the same
  SafetensorsWriter writer;
  writer.add("shift", TensorType::f16, {2}, half);
  writer.add("scale", TensorType::bf16, {2}, bfloat);
  writer.write(folder / "half");
  load(folder / "half", in_float);
  CHECK(in_float.shift() == Eigen::Vector2f(1, -2.5f));
  CHECK(in_float.scale() == Eigen::Vector2f(1, -2.5f));

  // What follows from a number of the other precision is the same structure.
  std::mt19937_64 rng{1};
  const PeriodicFeatures<Mlp<float>> angles{Eigen::Vector2f(0, 6.2831853f), 3, {4}, rng};
  PeriodicFeatures<Mlp<double>> same{Eigen::Vector2d(0, 6.283185307179586), 3, {4}, rng};
  save(angles, folder / "angles");
  load(folder / "angles", same);
  CHECK(same.periods()(1) == 6.283185307179586);
}

TEST_CASE("a file that is cut off anywhere is refused, and the object stays as it is", "[io]") {
  const TemporaryFolder folder;
  const Affine<float, 2> saved{{1, 2}, {3, 4}};
  save(saved, folder / "a");
  const std::string whole = bytes_of(folder / "a");
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    write_bytes(folder / "b", whole.substr(0, size));
    Affine<float, 2> loaded{{0, 0}, {1, 1}};
    INFO(size);
    CHECK(message_of_file(folder / "b", [&] { load(folder / "b", loaded); }).find("no valid safetensors file") == 0);
    CHECK(loaded.shift().isZero());
  }
}
