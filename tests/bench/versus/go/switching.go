// switching.go: what it costs to start, switch to and join goroutines; the twin of ../switching.c.
package main

import (
	"runtime"
	"sync"
)

// ---- yield ----

const yields = 2000000

func benchYield() float64 {
	var group sync.WaitGroup
	yieldOften := func() {
		for i := 0; i < yields; i++ {
			runtime.Gosched()
		}
		group.Done()
	}
	group.Add(2)
	start := stopwatchNs()
	go yieldOften()
	go yieldOften()
	group.Wait()
	return float64(stopwatchNs()-start) / (2 * yields)
}

// ---- starting and joining ----

const (
	batch       = 1000
	batches     = 500
	warmBatches = 10
	singles     = 300000
)

func done(group *sync.WaitGroup) {
	group.Done()
}

func joinBatches(count, size int) {
	for i := 0; i < count; i++ {
		var group sync.WaitGroup
		group.Add(size)
		for k := 0; k < size; k++ {
			go done(&group)
		}
		group.Wait()
	}
}

func timeBatches(count, size int) float64 {
	joinBatches(warmBatches, size)
	start := stopwatchNs()
	joinBatches(count, size)
	return float64(stopwatchNs()-start) / float64(count) / float64(size)
}

func benchSpawnJoin() float64 {
	return timeBatches(batches, batch)
}

func benchSpawnOne() float64 {
	return timeBatches(singles, 1)
}

// ---- fork and join ----

func fib(n int) int64 {
	if n < 2 {
		return int64(n)
	}
	return fib(n-1) + fib(n-2)
}

func forkFib(n, cut int) int64 {
	if n < 2 || n < cut {
		return fib(n)
	}
	var joined sync.WaitGroup
	var other int64
	joined.Add(1)
	go func() {
		other = forkFib(n-1, cut)
		joined.Done()
	}()
	result := forkFib(n-2, cut)
	joined.Wait()
	return result + other
}

func timeFibMs(n, cut int) float64 {
	expected := fib(n)
	forkFib(n, cut) // warm
	start := stopwatchNs()
	if forkFib(n, cut) != expected {
		panic("fib")
	}
	return float64(stopwatchNs()-start) / 1e6
}

func benchFib24() float64 {
	return timeFibMs(24, 2)
}

func benchFib38() float64 {
	return timeFibMs(38, 16)
}

// ---- one mutex, eight goroutines ----

const (
	lockers = 8
	locks   = 1000000
)

func benchMutex8() float64 {
	var mutex sync.Mutex
	var group sync.WaitGroup
	count := 0
	group.Add(lockers)
	start := stopwatchNs()
	for i := 0; i < lockers; i++ {
		go func() {
			for i := 0; i < locks; i++ {
				mutex.Lock()
				count++
				mutex.Unlock()
			}
			group.Done()
		}()
	}
	group.Wait()
	took := stopwatchNs() - start
	if count != lockers*locks {
		panic("mutex")
	}
	return float64(took) / (lockers * locks)
}
