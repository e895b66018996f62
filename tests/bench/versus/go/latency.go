// latency.go: what waiting costs: for time, for a turn, for the kernel; the twin of ../latency.c.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// percentile is in milliseconds.
func percentile(samples []time.Duration, percent int) float64 {
	slices.Sort(samples)
	return float64(samples[(len(samples)-1)*percent/100]) / 1e6
}

// ---- a timer behind goroutines that compute ----

const naps = 300

func lateMs(percent int) float64 {
	var stop atomic.Bool
	late := make([]time.Duration, naps)
	for i := 0; i < runtime.GOMAXPROCS(0); i++ {
		go func() {
			for !stop.Load() {
			}
		}()
	}
	for i := range late {
		due := time.Now().Add(time.Millisecond)
		time.Sleep(time.Millisecond)
		late[i] = time.Since(due)
	}
	stop.Store(true)
	return percentile(late, percent)
}

// ---- the time in a queue with ten thousand runnable ----

const (
	runnable   = 10000
	queueTurns = 20
)

func benchQueued() float64 {
	var group sync.WaitGroup
	waited := make([]time.Duration, runnable*queueTurns)
	group.Add(runnable)
	for i := 0; i < runnable; i++ {
		go func(waited []time.Duration) {
			for i := range waited {
				start := time.Now()
				runtime.Gosched()
				waited[i] = time.Since(start)
			}
			group.Done()
		}(waited[i*queueTurns : (i+1)*queueTurns])
	}
	group.Wait()
	return percentile(waited, 99)
}

// ---- a hundred thousand sleepers: microseconds of CPU for each ----

const (
	sleepers  = 100000
	longestMs = 1000
)

func benchSleepers() float64 {
	start := cpuNs()
	var group sync.WaitGroup
	group.Add(sleepers)
	for i := 0; i < sleepers; i++ {
		go func(i int) {
			time.Sleep(time.Duration(1+i%longestMs) * time.Millisecond)
			group.Done()
		}(i * 7919)
	}
	group.Wait()
	return float64(cpuNs()-start) / 1e3 / sleepers
}

// ---- parked goroutines: bytes of each, page tables included ----

func memoryKb() int {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	sum := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		for _, field := range []string{"VmRSS:", "VmPTE:"} {
			if rest, found := strings.CutPrefix(lines.Text(), field); found {
				kb := 0
				fmt.Sscan(rest, &kb)
				sum += kb
			}
		}
	}
	return sum
}

func parkedBytes(count int) float64 {
	gate := make(chan struct{})
	start := memoryKb()
	var group sync.WaitGroup
	group.Add(count)
	for i := 0; i < count; i++ {
		go func() {
			group.Done()
			<-gate
		}()
	}
	group.Wait()
	return float64(memoryKb()-start) * 1024 / float64(count)
}

// ---- calls of the kernel ----

const (
	calls    = 200000
	blockers = 100
	blocking = 20
)

func leastOfTen(call func()) float64 {
	least := 1e9
	for i := 0; i < 10; i++ {
		start := stopwatchNs()
		for i := 0; i < calls; i++ {
			call()
		}
		least = min(least, float64(stopwatchNs()-start)/calls)
	}
	return least
}

func benchWrappedCall() float64 {
	raw := leastOfTen(func() { syscall.RawSyscall(syscall.SYS_GETPPID, 0, 0, 0) })
	return leastOfTen(func() { syscall.Syscall(syscall.SYS_GETPPID, 0, 0, 0) }) - raw
}

func benchBlockingCalls() float64 {
	var group sync.WaitGroup
	group.Add(blockers)
	start := time.Now()
	for i := 0; i < blockers; i++ {
		go func() {
			for i := 0; i < blocking; i++ {
				_ = syscall.Nanosleep(&syscall.Timespec{Nsec: 1e6}, nil)
			}
			group.Done()
		}()
	}
	group.Wait()
	return float64(time.Since(start)) / 1e6
}
