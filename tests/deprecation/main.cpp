#include "renamed.hpp"

int main() {
#ifdef BIJOU_OLD_NAMES
  const renamed::Gaussian density;
  return density.log_pdf(renamed::whiten(0.0)) == 0.0 && renamed::dimension == 2 ? 0 : 1;
#else
  const renamed::Density density;
  return density.log_prob(renamed::standardize(0.0)) == 0.0 && renamed::event_size == 2 ? 0 : 1;
#endif
}
