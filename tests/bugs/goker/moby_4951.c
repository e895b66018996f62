/* moby_4951: a goroutine that removes a device lets go of the device set while it sleeps, but not
 * of the device; then it locks the set again. Another one that came in between holds the set and
 * waits for the device.
 * Expected: leak, both goroutines in mutex lock. */
#include "../support/bug.h"

static weft_mutex set;
static weft_mutex device;

/* set and device held. */
static void deactivate(void)
{
    weft_mutex_unlock(&set);
    weft_sleep(300);
    weft_mutex_lock(&set);
}

static void delete_device(void *arg)
{
    (void)arg;
    weft_mutex_lock(&set); /* look the device up */
#ifdef FIXED
    weft_mutex_unlock(&set); /* the order is: device, then set */
    weft_mutex_lock(&device);
    weft_mutex_lock(&set);
#else
    weft_mutex_lock(&device);
#endif
    deactivate();
    weft_mutex_unlock(&device);
    weft_mutex_unlock(&set);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_go(delete_device, NULL);
    weft_go(delete_device, NULL);
}

BUG_MAIN(kernel, LEAK({"delete_device", "mutex lock"}, {"delete_device", "mutex lock"}))
