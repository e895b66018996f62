/* cpus.c: see cpus.h, and cgroups(7). Files that are missing or say something else are no quota. */
#include "cpus.h"

#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CPUs that this process may run on, also where there are more than fit a cpu_set_t. */
static uint32_t by_affinity(void)
{
    for (int cpus = CPU_SETSIZE; cpus <= CPU_SETSIZE << 6; cpus *= 2) {
        cpu_set_t *const set = CPU_ALLOC((size_t)cpus);
        if (set == NULL) {
            break;
        }
        const size_t size = CPU_ALLOC_SIZE((size_t)cpus);
        const int error = sched_getaffinity(0, size, set);
        const int count = error == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (count > 0) {
            return (uint32_t)count;
        }
    }
    return 1;
}

/* The numbers at the beginning of mount/group/file. Returns how many there are. */
static int read_numbers(const char *mount, const char *group, const char *file, int64_t numbers[2])
{
    char path[PATH_MAX + 64];
    (void)snprintf(path, sizeof path, "%s%s/%s", mount, group, file);
    FILE *const in = fopen(path, "re");
    if (in == NULL) {
        return 0;
    }
    const int count = fscanf(in, "%" SCNd64 " %" SCNd64, &numbers[0], &numbers[1]);
    (void)fclose(in);
    return count < 0 ? 0 : count;
}

/* quota of period, both in microseconds */
static uint32_t rounded_up(int64_t quota, int64_t period)
{
    if (quota <= 0 || period <= 0 || quota / period >= UINT32_MAX - 1) {
        return UINT32_MAX;
    }
    return (uint32_t)(quota / period + (quota % period != 0 ? 1 : 0));
}

/* Of one group: version 2 has one file ("max 100000" without a quota), version 1 has two. */
static uint32_t quota_of(const char *mount, const char *group, bool unified)
{
    int64_t numbers[2] = {0};
    if (unified) {
        return read_numbers(mount, group, "cpu.max", numbers) == 2
                   ? rounded_up(numbers[0], numbers[1])
                   : UINT32_MAX;
    }
    int64_t period[2] = {0};
    return read_numbers(mount, group, "cpu.cfs_quota_us", numbers) >= 1 &&
                   read_numbers(mount, group, "cpu.cfs_period_us", period) >= 1
               ? rounded_up(numbers[0], period[0])
               : UINT32_MAX;
}

/* The smallest of a group's and of those above it, up to the root. */
static uint32_t smallest_quota(const char *mount, char *group, bool unified)
{
    uint32_t least = UINT32_MAX;
    for (;;) {
        const uint32_t quota = quota_of(mount, group, unified);
        least = quota < least ? quota : least;
        char *const slash = strrchr(group, '/');
        if (slash == NULL) {
            return least;
        }
        *slash = '\0';
    }
}

static bool names_cpu(const char *controllers)
{
    const size_t size = strcspn(controllers, ":");
    for (const char *at = controllers; at < controllers + size; at += strcspn(at, ",:") + 1) {
        if (strcspn(at, ",:") == 3 && strncmp(at, "cpu", 3) == 0) {
            return true;
        }
    }
    return false;
}

/* A line is "number:controllers:group"; version 2 has no controllers. */
static uint32_t quota_by_line(char *line, const char *mount)
{
    char *const controllers = strchr(line, ':');
    char *const group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
    if (group == NULL) {
        return UINT32_MAX;
    }
    group[1 + strcspn(group + 1, "\n")] = '\0';
    if (group[1] == '/' && group[2] == '\0') {
        group[1] = '\0'; /* the root */
    }
    if (group == controllers + 1) {
        return smallest_quota(mount, group + 1, true);
    }
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/cpu", mount);
    return names_cpu(controllers + 1) ? smallest_quota(path, group + 1, false) : UINT32_MAX;
}

uint32_t weft__cpus_quota(const char *membership, const char *mount)
{
    FILE *const in = fopen(membership, "re");
    if (in == NULL) {
        return UINT32_MAX;
    }
    uint32_t least = UINT32_MAX;
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, in) > 0) {
        const uint32_t quota = quota_by_line(line, mount);
        least = quota < least ? quota : least;
    }
    free(line);
    (void)fclose(in);
    return least;
}

uint32_t weft__cpus(void)
{
    const uint32_t affinity = by_affinity();
    const uint32_t quota = weft__cpus_quota("/proc/self/cgroup", "/sys/fs/cgroup");
    return quota < affinity ? quota : affinity;
}
