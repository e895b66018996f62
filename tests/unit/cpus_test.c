/* cpus_test.c: CPU quotas of cgroups, of both versions, in folders that look like theirs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "cpus.h"

static char root[] = "/tmp/weft-cpus-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *const out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static void make_folder(const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    (void)mkdir(path, 0700); /* may be there */
}

static uint32_t quota_as(const char *membership)
{
    char path[256];
    write_file("membership", membership);
    (void)snprintf(path, sizeof path, "%s/membership", root);
    return weft__cpus_quota(path, root);
}

static int make_root(void **state)
{
    (void)state;
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_root(void **state)
{
    (void)state;
    char command[256];
    (void)snprintf(command, sizeof command, "rm -r '%s'", root);
    return system(command); /* NOLINT(concurrency-mt-unsafe,cert-env33-c): one thread, our text */
}

static void test_version_two_rounds_up(void **state)
{
    (void)state;
    make_folder("a");
    write_file("a/cpu.max", "250000 100000\n");
    assert_int_equal(quota_as("0::/a\n"), 3);
    write_file("a/cpu.max", "200000 100000\n");
    assert_int_equal(quota_as("0::/a\n"), 2);
    write_file("a/cpu.max", "1000 100000\n");
    assert_int_equal(quota_as("0::/a\n"), 1);
}

static void test_the_smallest_on_the_way_to_the_root_counts(void **state)
{
    (void)state;
    make_folder("a");
    make_folder("a/b");
    make_folder("a/b/c");
    write_file("a/cpu.max", "400000 100000\n");
    write_file("a/b/cpu.max", "max 100000\n");
    write_file("a/b/c/cpu.max", "700000 100000\n");
    assert_int_equal(quota_as("0::/a/b/c\n"), 4);
    assert_int_equal(quota_as("0::/a/b\n"), 4);
}

static void test_without_a_quota_there_is_no_bound(void **state)
{
    (void)state;
    make_folder("free");
    assert_int_equal(quota_as("0::/\n"), UINT32_MAX);
    assert_int_equal(quota_as("0::/free\n"), UINT32_MAX);
    write_file("free/cpu.max", "max 100000\n");
    assert_int_equal(quota_as("0::/free\n"), UINT32_MAX);
    assert_int_equal(weft__cpus_quota("/nowhere/cgroup", root), UINT32_MAX);
}

static void test_version_one(void **state)
{
    (void)state;
    make_folder("cpu");
    make_folder("cpu/d");
    write_file("cpu/d/cpu.cfs_quota_us", "150000\n");
    write_file("cpu/d/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota_as("3:memory:/x\n4:cpu,cpuacct:/d\n"), 2);
    assert_int_equal(quota_as("4:cpuset:/d\n5:cpuacct,cpu:/d\n"), 2);
    assert_int_equal(quota_as("4:cpuset:/d\n"), UINT32_MAX);
    write_file("cpu/d/cpu.cfs_quota_us", "-1\n");
    assert_int_equal(quota_as("4:cpu:/d\n"), UINT32_MAX);
}

static void test_nonsense_is_no_quota(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "x y\n", "0 100000\n", "-5 100000\n", "5 0\n", "5\n"};
    make_folder("e");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file("e/cpu.max", texts[i]);
        assert_int_equal(quota_as("0::/e\n"), UINT32_MAX);
    }
    assert_int_equal(quota_as("\n:\n0:\nrubbish"), UINT32_MAX);
}

/* As a container sees its own group. Last: the file would bound the others too. */
static void test_the_root_may_have_a_quota(void **state)
{
    (void)state;
    write_file("cpu.max", "600000 100000\n");
    assert_int_equal(quota_as("0::/\n"), 6);
    assert_int_equal(quota_as("0::/free\n"), 6);
}

static void test_there_is_at_least_one_cpu(void **state)
{
    (void)state;
    assert_true(weft__cpus() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_two_rounds_up),
        cmocka_unit_test(test_the_smallest_on_the_way_to_the_root_counts),
        cmocka_unit_test(test_without_a_quota_there_is_no_bound),
        cmocka_unit_test(test_version_one),
        cmocka_unit_test(test_nonsense_is_no_quota),
        cmocka_unit_test(test_there_is_at_least_one_cpu),
        cmocka_unit_test(test_the_root_may_have_a_quota),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
