#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <samplerate.h>
#include <sndfile.h>
#include <stdexcept>
#include <string>
#include <vector>

/// Sounds as vectors of samples in [-1, 1), in and out by libsndfile, brought to a rate by libsamplerate.
namespace wav {

using File = std::unique_ptr<SNDFILE, int (*)(SNDFILE*)>;

inline File open(const std::filesystem::path& path, int mode, SF_INFO& info) {
  File file(sf_open(path.c_str(), mode, &info), sf_close);
  if (!file) throw std::runtime_error(path.string() + ": " + sf_strerror(nullptr));
  return file;
}

/// The mean of the channels, at so many samples a second.
inline Eigen::VectorXf read(const std::filesystem::path& path, int rate) {
  SF_INFO info{};
  const File file = open(path, SFM_READ, info);
  Eigen::MatrixXf frames(info.channels, info.frames);
  if (sf_readf_float(file.get(), frames.data(), info.frames) != info.frames)
    throw std::runtime_error(path.string() + " ends early");
  const Eigen::VectorXf mono = frames.colwise().mean();
  if (info.samplerate == rate) return mono;
  const double ratio = static_cast<double>(rate) / info.samplerate;
  Eigen::VectorXf out(static_cast<Eigen::Index>(ratio * static_cast<double>(mono.size())) + 1);
  SRC_DATA data{};
  data.data_in = mono.data();
  data.input_frames = static_cast<long>(mono.size());
  data.data_out = out.data();
  data.output_frames = static_cast<long>(out.size());
  data.src_ratio = ratio;
  if (const int error = src_simple(&data, SRC_SINC_BEST_QUALITY, 1); error != 0)
    throw std::runtime_error(path.string() + ": " + src_strerror(error));
  return out.head(data.output_frames_gen);
}

/// With 16 bits, mono.
inline void write(const std::filesystem::path& path, const Eigen::VectorXf& samples, int rate) {
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = 1;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  const File file = open(path, SFM_WRITE, info);
  const Eigen::VectorXf inside = samples.cwiseMax(-1.0f).cwiseMin(1.0f - 1.0f / 32768.0f);
  if (sf_writef_float(file.get(), inside.data(), inside.size()) != inside.size())
    throw std::runtime_error("cannot write " + path.string());
}

}  // namespace wav
