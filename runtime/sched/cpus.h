/* cpus.h: how many CPUs this process may use: by its affinity, and by the quota of its cgroups. */
#ifndef WEFT_SCHED_CPUS_H
#define WEFT_SCHED_CPUS_H

#include <stdint.h>

/* At least 1. */
uint32_t weft__cpus(void);

/* What the quotas of a cgroup and those above it allow, rounded up; UINT32_MAX: there is none.
 * `membership` is a file like /proc/self/cgroup, `mount` where the hierarchies are mounted. */
uint32_t weft__cpus_quota(const char *membership, const char *mount);

#endif
