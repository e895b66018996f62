// http_peer.go: the responder of responder.h in Go, with a goroutine for each connection: MODE PORT.
// The modes http and echo read and write by package net as http_server.c does; nethttp is a server
// of package net/http.
package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
)

var response = []byte("HTTP/1.1 200 OK\r\nDate: Sat, 28 Nov 2026 12:00:00 GMT\r\nContent-Length: 13\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\n\r\nHello, World!")

func serve(c net.Conn, echo bool) {
	defer c.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := c.Read(buffer)
		if err != nil {
			return
		}
		answer := buffer[:n]
		if !echo {
			if !bytes.HasSuffix(answer, []byte("\r\n\r\n")) {
				return // wrk sends each request in one piece
			}
			answer = response
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: http_peer http|echo|nethttp PORT")
		os.Exit(1)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:"+os.Args[2])
	if err == nil && os.Args[1] == "nethttp" {
		body := []byte("Hello, World!")
		err = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Write(body)
		}))
	}
	for err == nil {
		var c net.Conn
		if c, err = listener.Accept(); err == nil {
			go serve(c, os.Args[1] == "echo")
		}
	}
	fmt.Fprintln(os.Stderr, "http_peer:", err)
	os.Exit(1)
}
