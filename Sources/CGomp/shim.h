// libgomp's fork-join entry point and the calls that size its pool (GCC's OpenMP runtime; stable ABI since GCC 4.2).
// Loam's own loops run on this pool so that OpenBLAS, oneDNN and Loam share one set of threads.
#pragma once
void GOMP_parallel(void (*body)(void *), void *context, unsigned threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_get_max_threads(void);
int omp_in_parallel(void);
void omp_set_num_threads(int threads);
