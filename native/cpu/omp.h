// The two functions of OpenMP that ggml's CPU backend calls; team.cc has them. Only the prebuilt
// addon sees this file: it must run where no OpenMP library is installed.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif
int omp_get_thread_num(void);
int omp_get_num_threads(void);
#ifdef __cplusplus
}
#endif
