// Prototypes of the BLAS (C interface) and LAPACK (Fortran interface, column-major) routines that Loam calls.
// Debian's OpenBLAS carries both in one library. Enumerations follow cblas.h.
// A Fortran CHARACTER argument has its length passed by value at the end of the list: those are the `size_t` parameters, always 1.
#pragma once

#include <stddef.h>

enum {
    LoamRowMajor = 101, LoamColMajor = 102, LoamNoTrans = 111, LoamTrans = 112, LoamUpper = 121, LoamLower = 122, LoamNonUnit = 131,
    LoamUnit = 132, LoamLeft = 141, LoamRight = 142
};

void openblas_set_num_threads(int threads);
int openblas_get_num_threads(void);
char *openblas_get_config(void);
char *openblas_get_corename(void);

#define LOAM_BLAS(prefix, scalar)                                                                                          \
    void cblas_##prefix##gemm(int order, int transA, int transB, int m, int n, int k, scalar alpha, const scalar *a,       \
                              int lda, const scalar *b, int ldb, scalar beta, scalar *c, int ldc);                         \
    void cblas_##prefix##gemv(int order, int trans, int m, int n, scalar alpha, const scalar *a, int lda, const scalar *x, \
                              int incx, scalar beta, scalar *y, int incy);                                                 \
    void cblas_##prefix##ger(int order, int m, int n, scalar alpha, const scalar *x, int incx, const scalar *y, int incy,  \
                             scalar *a, int lda);                                                                          \
    void cblas_##prefix##trsm(int order, int side, int uplo, int trans, int diag, int m, int n, scalar alpha,              \
                              const scalar *a, int lda, scalar *b, int ldb);                                               \
    void cblas_##prefix##axpy(int n, scalar alpha, const scalar *x, int incx, scalar *y, int incy);                        \
    scalar cblas_##prefix##dot(int n, const scalar *x, int incx, const scalar *y, int incy);                               \
    void prefix##getrf_(const int *m, const int *n, scalar *a, const int *lda, int *ipiv, int *info);                      \
    void prefix##potrf_(const char *uplo, const int *n, scalar *a, const int *lda, int *info, size_t);                     \
    void prefix##gelqf_(const int *m, const int *n, scalar *a, const int *lda, scalar *tau, scalar *work,                  \
                        const int *lwork, int *info);                                                                      \
    void prefix##orglq_(const int *m, const int *n, const int *k, scalar *a, const int *lda, const scalar *tau,            \
                        scalar *work, const int *lwork, int *info);                                                        \
    void prefix##syevd_(const char *jobz, const char *uplo, const int *n, scalar *a, const int *lda, scalar *w,            \
                        scalar *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);         \
    void prefix##gesdd_(const char *jobz, const int *m, const int *n, scalar *a, const int *lda, scalar *s, scalar *u,     \
                        const int *ldu, scalar *vt, const int *ldvt, scalar *work, const int *lwork, int *iwork,           \
                        int *info, size_t);                                                                                \
    void prefix##gelsd_(const int *m, const int *n, const int *nrhs, scalar *a, const int *lda, scalar *b,                 \
                        const int *ldb, scalar *s, const scalar *rcond, int *rank, scalar *work, const int *lwork,         \
                        int *iwork, int *info);

LOAM_BLAS(s, float)
LOAM_BLAS(d, double)
