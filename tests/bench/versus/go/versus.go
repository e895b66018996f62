// versus.go: versus NAME prints the figure of one benchmark; the twin of ../versus.c.
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

var benches = map[string]func() float64{
	"yield":             benchYield,
	"spawn_join":        benchSpawnJoin,
	"spawn_one":         benchSpawnOne,
	"ping_pong":         benchPingPong,
	"unbuffered_stream": benchStream,
	"buffered_128_1p1c": benchBuffered1p1c,
	"buffered_128_4p4c": benchBuffered4p4c,
	"ring_10000":        benchRing,
	"select_8":          benchSelect8,
	"try_select":        benchTrySelect,
	"try_recv":          benchTrySelect,
	"sieve_2000":        benchSieve,
	"mutex_8":           benchMutex8,
	"fork_join_fib24":   benchFib24,
	"fib38_cut16":       benchFib38,
	"timer_late_p50":    func() float64 { return lateMs(50) },
	"timer_late_p99":    func() float64 { return lateMs(99) },
	"queued_10000_p99":  benchQueued,
	"sleepers_100000":   benchSleepers,
	"parked_100000":     func() float64 { return parkedBytes(100000) },
	"parked_1000000":    func() float64 { return parkedBytes(1000000) },
	"wrapped_call":      benchWrappedCall,
	"blocking_100x20":   benchBlockingCalls,
}

var cpuClock = os.Getenv("VERSUS_CLOCK") == "cpu"
var epoch = time.Now()

// cpuNs is what the process has used.
func cpuNs() int64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return syscall.TimevalToNsec(usage.Utime) + syscall.TimevalToNsec(usage.Stime)
}

func stopwatchNs() int64 {
	if cpuClock {
		return cpuNs()
	}
	return int64(time.Since(epoch))
}

func main() {
	if len(os.Args) == 2 {
		if bench, found := benches[os.Args[1]]; found {
			fmt.Printf("%.4g\n", bench())
			return
		}
	}
	fmt.Fprintln(os.Stderr, "usage: versus NAME, a name of versus.tsv")
	os.Exit(1)
}
