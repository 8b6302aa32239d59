#include <bijou/transformers/linear_spline.hpp>
#include <bijou/transformers/rational_quadratic_spline.hpp>

#include "support/golden.hpp"
#include "support/transformer_laws.hpp"

// The numbers were made with `python from_splines.py` in this folder: nflows 0.14, zuko 1.6.0, madnis 1.0.0, torch
// 2.15.0, jax 0.10.2, float64; once with FlowJAX 17.2.1 and once with 19.1.2.

using namespace bijou;

namespace {

struct Numbers {
  Eigen::Vector<double, 8> output;
  Eigen::Vector<double, 8> log_det;
  Eigen::Vector<double, 8> input_gradient;
  double gradient_norm;     // of the gradient for the raw parameters
  double gradient_product;  // of that with cos k, k = 0, 1, ... event by event
};

template <class T, class S>
void check_direction(const S& s, laws::Direction direction, const Eigen::VectorXd& inputs, const Numbers& numbers) {
  INFO(laws::text(direction));
  constexpr bool is_double = std::is_same_v<T, double>;
  const double tolerance = is_double ? 1e-10 : 1e-5;
  const double of_gradients = is_double ? 1e-10 : 3e-5;
  const Eigen::Index rows = s.parameters_per_coordinate();
  const laws::Matrix<double> raw = golden::formula(1.2, 1.3, 0.7, rows * 8).reshaped<Eigen::ColMajor>(rows, 8);
  const Eigen::VectorXd g = golden::formula(1, 1, std::acos(0.0), 8);
  const Eigen::VectorXd l = golden::formula(1, 2, 0, 8);
  const auto pass =
      laws::run(laws::coordinate_of(s), direction, {raw.cast<T>(), inputs.cast<T>(), g.cast<T>(), l.cast<T>()});
  laws::check_close(pass.value, numbers.output, tolerance);
  laws::check_close(pass.log_det, numbers.log_det, tolerance);
  laws::check_close(pass.input_gradient, numbers.input_gradient, of_gradients);
  const Eigen::VectorXd gradient = pass.parameters_gradient.template cast<double>().reshaped();
  CHECK(gradient.norm() == Approx(numbers.gradient_norm).epsilon(of_gradients));
  const Eigen::VectorXd cosine = golden::formula(1, 1, std::acos(0.0), gradient.size());
  CHECK(gradient.dot(cosine) == Approx(numbers.gradient_product).margin(of_gradients * numbers.gradient_norm));
}

/// there: from x to z, back: from z to x; both at the same inputs, the middle of the interval and a sine.
template <class Make>
void check(const Make& make, double middle, double radius, const Numbers& there, const Numbers& back) {
  const Eigen::VectorXd inputs = golden::formula(radius, 0.9, 0.3, 8).array() + middle;
  check_direction<double>(make(double{}), laws::Direction::inverse, inputs, there);
  check_direction<double>(make(double{}), laws::Direction::forward, inputs, back);
  check_direction<float>(make(float{}), laws::Direction::inverse, inputs, there);
  check_direction<float>(make(float{}), laws::Direction::forward, inputs, back);
}

}  // namespace

// nflows, tails='linear', tail_bound=3.
TEST_CASE("a spline with tails agrees with nflows", "[golden]") {
  Numbers there{};
  Numbers back{};
  there.output << 1.078557442204618, 3.355340709482015, 3.1075537199359453, 0.7349732915958263, -2.4521393191522756,
      -3.5861925918090267, -2.1883505599025366, 1.044975509960134;
  there.log_det << -0.13767707921310035, 0.0, 0.0, 0.13851221773675626, 0.6315198693098094, 0.0, 0.2806221047750928,
      0.048130315300222354;
  there.input_gradient << 0.8713800330438362, 0.5403023058681398, -0.4161468365471424, -1.231331555689784,
      -0.9284801366150244, 0.28366218546322625, -0.42021557095462164, 0.815560561125851;
  there.gradient_norm = 3.232501753085291;
  there.gradient_product = -0.36266703219599483;
  back.output << 1.0469404498947847, 3.355340709482015, 3.1075537199359453, 0.3038912030247012, -2.4886687430005288,
      -3.5861925918090267, -1.7369081144111373, 1.194461803068451;
  back.log_det << 0.14712558977654835, 0.0, 0.0, -0.07453786635632109, -0.6230082480370428, 0.0, 0.18583565936322982,
      -0.049790617074647894;
  back.input_gradient << 1.1584994495808563, 0.5403023058681398, -0.4161468365471424, -0.8438121529310527,
      -0.9007479390729938, 0.28366218546322625, 8.180458681359912, 0.6976578459838149;
  back.gradient_norm = 7.286980539583054;
  back.gradient_product = -4.3910666464032655;
  check(
      []<class T>(T) {
        return RationalQuadraticSpline<T, 5, spline_edges::IdentityTails, spline_maps::SoftplusFloor>{-3, 3};
      },
      0, 3.6, there, back);
}

// nflows, no tails.
TEST_CASE("a spline of an interval agrees with nflows", "[golden]") {
  Numbers there{};
  Numbers back{};
  there.output << 0.6923613234910098, 0.9723351300418084, 0.9337847514659346, 0.6439358915661414, 0.16819481737949707,
      0.006059994185918795, 0.301152361227666, 0.5762999992156288;
  there.log_det << -0.42244893180300397, -0.3940226737178377, -0.31405194921373936, -0.2665949075644929,
      -0.04166065261282348, -0.25010424518944074, 0.19280414079842642, 0.10567723606592039;
  there.input_gradient << 0.6554397255972001, -1.8454412930465847, -22.979520553604644, -0.2269729740671285,
      -2.711076533620028, -32.685747053973856, 2.001893793089838, 21.212453526760015;
  there.gradient_norm = 6.030793705729611;
  there.gradient_product = -3.2306032788407903;
  back.output << 0.5798041956780329, 0.9341313182415171, 0.9018036223677034, 0.47930966536847397, 0.1576032030756424,
      0.018189684025733167, 0.1742355448920365, 0.7071134846021818;
  back.log_det << 0.2164329557453128, 0.3405741976203881, 1.0207578632659429, 0.10527889614445671, 0.030663753823870987,
      -0.05539026361933552, -0.28500393510339384, -0.3142642541296185;
  back.input_gradient << 1.2416398377457116, 3.710693513218279, -19.951797186496197, -1.6286931593315002,
      1.3390539791921015, 19.15789853500907, 0.021331624262289538, 1.8513843997108244;
  back.gradient_norm = 2.8220882097064544;
  back.gradient_product = -0.9672849955274003;
  check([]<class T>(T) { return RationalQuadraticSpline<T, 5, spline_edges::Interval, spline_maps::SoftplusFloor>{}; },
        0.5, 0.49, there, back);
}

// nflows' formula, circular.
TEST_CASE("a circular spline agrees with nflows' formula", "[golden]") {
  Numbers there{};
  Numbers back{};
  there.output << 1.2127482321299143, 2.7913089336666004, 2.627174012951883, 0.5390865861245933, -2.2863394995577595,
      -3.1192023355574805, -1.3523257310489225, 1.4741966186294326;
  there.log_det << -0.42612700438089945, 0.2914057727703676, 0.06444885313434301, 0.2723415851712391,
      -0.16771674587633256, -0.5621801971243932, 0.2209044396107388, -0.3123692821381283;
  there.input_gradient << 0.6530333987511862, 0.9692023185851419, -0.5175234459328628, -1.219655180082703,
      -9.29886511008966, -5.595497244466092, 1.3210171000792168, 0.2365310709851447;
  there.gradient_norm = 8.718608733766567;
  there.gradient_product = -12.769939517060035;
  back.output << 0.5092309997733158, 2.9618260682465736, 2.721572990191084, 0.36093453111484763, -1.9639200869270867,
      -3.044054103384365, -1.9822630508216146, 0.33500793054552114;
  back.log_det << 0.21981107809053863, -0.31163926818440574, -0.0692354451009426, -0.29448437852270776,
      -0.1211121430397542, 0.17193925279676314, -0.2887944222486614, 0.12628087911701857;
  back.input_gradient << 1.2458413416278686, 0.20423935249756392, -0.3088642000560983, -0.7981239683001248,
      -2.458634083942649, 5.010378892840266, 0.6134651316798784, 1.1646058633227654;
  back.gradient_norm = 4.4292112457192;
  back.gradient_product = 2.531697740776038;
  check([]<class T>(T) { return RationalQuadraticSpline<T, 5, spline_edges::Circular, spline_maps::SoftplusFloor>{}; },
        0, 3.1, there, back);
}

// nflows, linear, tail_bound=2.
TEST_CASE("a linear spline agrees with nflows", "[golden]") {
  Numbers there{};
  Numbers back{};
  there.output << 1.5228798188349377, 2.236893806321343, 2.0717024799572967, 1.0123599003731778, -1.1976163129057995,
      -2.3907950612060174, -0.624481877211704, 0.13013938403320147;
  there.log_det << -1.5164845025875977, 0.0, 0.0, -1.223872596787473, 0.8314805108718214, 0.0, 0.7069154515061832,
      -0.5815480859250888;
  there.input_gradient << 0.21948212110969167, 0.5403023058681398, -0.4161468365471424, -0.2911459730849863,
      -1.5012341141325685, 0.28366218546322625, 1.9469631958038622, 0.42145568585672616;
  there.gradient_norm = 1.748655805072268;
  there.gradient_product = 2.4957193771876205;
  back.output << -0.5239680163580305, 2.236893806321343, 2.0717024799572967, -0.7698699268475584, -1.847886662482594,
      -2.3907950612060174, -1.665460535664948, 1.380436339529025;
  back.log_det << -0.767101613963378, 0.0, 0.0, -0.2102879141786568, -0.8314805108718214, 0.0, -0.7069154515061831,
      -0.7037222637146701;
  back.input_gradient << 0.464357005606913, 0.5403023058681398, -0.4161468365471424, -0.802241311470821,
      -0.28459917015845565, 0.28366218546322625, 0.4735204966140107, 0.37298584122473477;
  back.gradient_norm = 1.0106036403710241;
  back.gradient_product = -1.8269459775921448;
  check([]<class T>(T) { return LinearSpline<T, 5>{-2, 2}; }, 0, 2.4, there, back);
}

// zuko, bound=5.
TEST_CASE("a spline agrees with zuko", "[golden]") {
  Numbers there{};
  Numbers back{};
  there.output << 1.7375972457067834, 5.592234515803358, 5.179256199893242, 0.8522872460527293, -4.21471299485892,
      -5.976987653015044, -3.6550962104481255, 2.096174341701432;
  there.log_det << 0.5657113555732007, 0.0, 0.0, 0.27648878485545497, -0.17947078145984574, 0.0, -0.41403290274845694,
      0.2111038109198338;
  there.input_gradient << 1.760699820977208, 0.5403023058681398, -0.4161468365471424, -1.5622335078039415,
      3.1571154963427692, 0.28366218546322625, 0.7013497141595088, 0.5315809466452582;
  there.gradient_norm = 4.991366902918651;
  there.gradient_product = -2.2700520229476666;
  back.output << 1.7929515985787798, 5.592234515803358, 5.179256199893242, 0.8424894413413275, -4.036379002836366,
      -5.976987653015044, -2.968529224388834, 1.692187870971074;
  back.log_det << -0.6003079753617544, -0.0, -0.0, -0.27260467092623386, -0.10972191594053886, -0.0,
      -0.2666677918117622, -0.28580167590479527;
  back.input_gradient << 0.5486426416562631, 0.5403023058681398, -0.4161468365471424, -0.5587612483290334,
      -2.9782767781797292, 0.28366218546322625, 0.6448286285496394, 0.894496395730801;
  back.gradient_norm = 3.7764684474604935;
  back.gradient_product = -0.9130617458057682;
  check([]<class T>(T) { return RationalQuadraticSpline<T, 5>{}; }, 0, 6, there, back);
}

// madnis.
TEST_CASE("a spline of an interval agrees with madnis", "[golden]") {
  Numbers there{};
  Numbers back{};
  there.output << 0.7060982959140216, 1.0592234515803356, 1.0179256199893243, 0.6460161428595532, 0.10759965158369846,
      -0.09769876530150434, 0.24322828258619505, 0.6191998936598148;
  there.log_det << -0.5191272187104975, 0.0, 0.0, -0.34037627511483953, 0.037923835734002154, 0.0, 0.43354115383461655,
      0.41644793007242986;
  there.input_gradient << 0.595039660883754, 0.5403023058681398, -0.4161468365471424, -0.9135604455008568,
      -4.205558099348799, 0.28366218546322625, 4.552919371004426, 16.47271813956288;
  there.gradient_norm = 4.609997925195793;
  there.gradient_product = -3.107665501914707;
  back.output << 0.6298407881629804, 1.0592234515803356, 1.0179256199893243, 0.49796623606832147, 0.06849138406605917,
      -0.09769876530150434, 0.12774378037044876, 0.7252112182286453;
  back.log_det << 0.47583676958503973, 0.0, 0.0, 0.32657681861639837, -0.1064589637272654, 0.0, -0.7003227882859293,
      -0.48398980625218135;
  back.input_gradient << 1.6093602979679789, 0.5403023058681398, -0.4161468365471424, -1.7576490129558526,
      2.7111301409996127, 0.28366218546322625, -1.4068666440978181, 5.490850138351118;
  back.gradient_norm = 1.7591236222714581;
  back.gradient_product = -0.863430059293969;
  check(
      []<class T>(T) {
        return RationalQuadraticSpline<T, 5, spline_edges::Interval, spline_maps::NormalizedSoftplusFloor>{};
      },
      0.5, 0.6, there, back);
}

// FlowJAX 17.2.1, interval=3.
TEST_CASE("a spline agrees with FlowJAX 17", "[golden]") {
  Numbers there{};
  Numbers back{};
  there.output << 0.1382717151312669, 3.355340709482015, 3.1075537199359453, -1.395431993049974, -2.096427565154518,
      -3.5861925918090267, -0.5744065841368066, 1.2429344654509844;
  there.log_det << 1.1643272542069236, 0.0, 0.0, -0.4635631368550607, -0.11311288530920459, 0.0, 1.1333197323682942,
      -1.3414892156337395;
  there.input_gradient << 3.2037668373869046, 0.5403023058681398, -0.4161468365471424, -0.7887131543296108,
      -4.557271603946662, 0.28366218546322625, 3.280653390651369, 1.0011463118117274;
  there.gradient_norm = 5.588394796195881;
  there.gradient_product = 0.46932898924525634;
  back.output << 1.299118303421708, 3.355340709482015, 3.1075537199359453, 1.894591797733315, -2.8656506131791484,
      -3.5861925918090267, -2.5793825477366212, 0.5841186906676887;
  back.log_det << -1.4313537774413831, -0.0, -0.0, -0.9930004698301438, -0.8966565207897684, -0.0, -1.12213325368897,
      1.5703620964902445;
  back.input_gradient << 0.23898517041670472, 0.5403023058681398, -0.4161468365471424, -0.3197791282255162,
      11.846996808785995, 0.28366218546322625, 0.25853392172230694, 3.413554374166152;
  back.gradient_norm = 8.426352026767427;
  back.gradient_product = 15.187449367437539;
  check(
      []<class T>(T) { return RationalQuadraticSpline<T, 5, spline_edges::Interval, spline_maps::HalvedEnds>{-3, 3}; },
      0, 3.6, there, back);
}

// FlowJAX 19.1.2, interval=3.
TEST_CASE("a spline agrees with FlowJAX 19", "[golden]") {
  Numbers there{};
  Numbers back{};
  there.output << 1.2780927994270352, 3.355340709482015, 3.1075537199359453, 0.9368192075388573, -2.452137245893243,
      -3.5861925918090267, -1.6546312952832545, 0.7414247768597497;
  there.log_det << -0.5462464817039393, 0.0, 0.0, -0.29467602512073726, 0.05078798014979789, 0.0, 0.2928073237544875,
      0.4087912650299875;
  there.input_gradient << 0.5791194714335437, 0.5403023058681398, -0.4161468365471424, -0.6470992211931239,
      -0.7545780422634771, 0.28366218546322625, 1.4428727296756207, 0.8452286905304367;
  there.gradient_norm = 3.478384703769831;
  there.gradient_product = 1.1010395572677836;
  back.output << 0.7323264173035469, 3.355340709482015, 3.1075537199359453, -0.02172221058712953, -2.4985832595408146,
      -3.5861925918090267, -2.218587835408855, 1.3966596293897933;
  back.log_det << 0.3397016588760799, -0.0, -0.0, 0.1334431201893618, -0.05217472998354638, -0.0, -0.3639462508206707,
      -0.2704783645675974;
  back.input_gradient << 1.4045284994395435, 0.5403023058681398, -0.4161468365471424, -1.2233452330363446,
      -0.5687586807765778, 0.28366218546322625, 0.5509880356454663, 0.7737931518950933;
  back.gradient_norm = 2.9543987936874476;
  back.gradient_product = 0.06010074768211915;
  check([]<class T>(
            T) { return RationalQuadraticSpline<T, 5, spline_edges::Interval, spline_maps::LeastWidth<6>>{-3, 3}; },
        0, 3.6, there, back);
}
