// passing.go: what it costs to pass values on; the twin of ../passing.c.
package main

import "sync"

func forward(in <-chan int64, out chan<- int64, count int) {
	for i := 0; i < count; i++ {
		out <- <-in
	}
}

func produce(out chan<- int64, count int, group *sync.WaitGroup) {
	for i := 0; i < count; i++ {
		out <- int64(i)
	}
	if group != nil {
		group.Done()
	}
}

func consume(in <-chan int64, count int, group *sync.WaitGroup) {
	for i := 0; i < count; i++ {
		<-in
	}
	group.Done()
}

// ---- there and back ----

const rounds = 1000000

func benchPingPong() float64 {
	in, out := make(chan int64), make(chan int64)
	start := stopwatchNs()
	go forward(in, out, rounds)
	for i := 0; i < rounds; i++ {
		in <- int64(i)
		<-out
	}
	return float64(stopwatchNs()-start) / rounds
}

// ---- one way ----

func timeStream(capacity, pairs, total int) float64 {
	ch := make(chan int64, capacity)
	var group sync.WaitGroup
	group.Add(2 * pairs)
	start := stopwatchNs()
	for i := 0; i < pairs; i++ {
		go produce(ch, total/pairs, &group)
		go consume(ch, total/pairs, &group)
	}
	group.Wait()
	return float64(stopwatchNs()-start) / float64(total)
}

func benchStream() float64 {
	return timeStream(0, 1, 2000000)
}

func benchBuffered1p1c() float64 {
	return timeStream(128, 1, 8000000)
}

func benchBuffered4p4c() float64 {
	return timeStream(128, 4, 8000000)
}

// ---- a token in a ring ----

const (
	ring      = 10000
	ringTurns = 100
)

func benchRing() float64 {
	first := make(chan int64)
	in := first
	for i := 0; i < ring; i++ {
		out := make(chan int64)
		go forward(in, out, ringTurns+1)
		in = out
	}
	first <- 0
	<-in
	start := stopwatchNs()
	for i := 0; i < ringTurns; i++ {
		first <- int64(i)
		<-in
	}
	return float64(stopwatchNs()-start) / (ring * ringTurns)
}

// ---- select ----

const (
	sources = 8
	selects = 1000000
	tries   = 20000000
)

func benchSelect8() float64 {
	var ch [sources]chan int64
	for i := range ch {
		ch[i] = make(chan int64)
	}
	start := stopwatchNs()
	for i := range ch {
		go produce(ch[i], selects, nil)
	}
	for i := 0; i < selects; i++ {
		select {
		case <-ch[0]:
		case <-ch[1]:
		case <-ch[2]:
		case <-ch[3]:
		case <-ch[4]:
		case <-ch[5]:
		case <-ch[6]:
		case <-ch[7]:
		}
	}
	return float64(stopwatchNs()-start) / selects
}

func benchTrySelect() float64 {
	ch := make(chan int64)
	start := stopwatchNs()
	for i := 0; i < tries; i++ {
		select {
		case <-ch:
		default:
		}
	}
	return float64(stopwatchNs()-start) / tries
}

// ---- the sieve ----

const (
	primes    = 2000
	lastPrime = 17389
)

func sift(in <-chan int64, out chan<- int64, prime int64) {
	for {
		if i := <-in; i%prime != 0 {
			out <- i
		}
	}
}

func benchSieve() float64 {
	start := stopwatchNs()
	in := make(chan int64)
	go func(out chan<- int64) {
		for i := int64(2); ; i++ {
			out <- i
		}
	}(in)
	var prime int64
	for i := 0; i < primes; i++ {
		prime = <-in
		out := make(chan int64)
		go sift(in, out, prime)
		in = out
	}
	took := float64(stopwatchNs()-start) / 1e6
	if prime != lastPrime {
		return -1
	}
	return took
}
