#pragma once
#if __has_include(<mpi.h>)
#include <mpi.h>
#elif __has_include(<mpi/mpi.h>)
#include <mpi/mpi.h>
#else
#error "Open MPI's headers are missing. On Debian: apt-get install libopenmpi-dev; elsewhere pass their folder with -Xcc -I."
#endif

// MPI's constants are macros with casts, which Swift does not import.
static inline MPI_Comm loam_mpi_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Info loam_mpi_no_info(void) { return MPI_INFO_NULL; }
static inline MPI_Datatype loam_mpi_byte(void) { return MPI_BYTE; }
static inline MPI_Status *loam_mpi_ignore_status(void) { return MPI_STATUS_IGNORE; }
