/* blind_main.c: a fuzz target searched blindly: random inputs and random schedules, in the encoding
 * that the target reads. Prints what it found, by its report.
 *
 * blind_main <seed> <executions at most> */
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT = 16, PAIRS = 12, GAP = 32, WHICH = 128, DIVIDER = 0xfe };

static uint64_t state;

/* SplitMix64. */
static uint32_t draw(uint32_t bound)
{
    state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (uint32_t)((z >> 32) * bound >> 32);
}

int main(int argc, char **argv)
{
    uint8_t data[INPUT + 1 + 2 * PAIRS];
    if (argc < 3) {
        return 2;
    }
    state = strtoull(argv[1], NULL, 10) << 32;
    const uint64_t executions = strtoull(argv[2], NULL, 10);
    (void)LLVMFuzzerInitialize(&argc, &argv);
    for (uint64_t i = 0; i < executions; i++) {
        const uint32_t input = draw(INPUT + 1);
        const uint32_t pairs = draw(PAIRS + 1);
        size_t size = 0;
        while (size < input) {
            data[size++] = (uint8_t)draw(UINT8_MAX + 1);
        }
        data[size++] = DIVIDER;
        for (uint32_t k = 0; k < pairs; k++) {
            data[size++] = (uint8_t)draw(GAP);
            data[size++] = (uint8_t)draw(WHICH);
        }
        (void)LLVMFuzzerTestOneInput(data, size);
    }
    return 0;
}
