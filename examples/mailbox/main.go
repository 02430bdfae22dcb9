// Mailbox is a mail server that prints what it gets and passes nothing on, to try a sender with.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/textproto"
	"os"
	"strings"
)

func main() {
	address := "127.0.0.1:2525"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	listener, err := net.Listen("tcp", address) //nolint:noctx // it listens until it is stopped
	if err != nil {
		log.Fatal(err)
	}
	log.Print("taking mail at ", address)
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go take(textproto.NewConn(conn))
	}
}

// take answers a client until it leaves.
func take(c *textproto.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.PrintfLine("220 mailbox")
	for {
		line, err := c.ReadLine()
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "DATA":
			_ = c.PrintfLine("354 end with a dot")
			text, err := io.ReadAll(c.DotReader())
			if err != nil {
				return
			}
			fmt.Printf("%s\n", text)
			_ = c.PrintfLine("250 taken")
		case "QUIT":
			_ = c.PrintfLine("221 bye")
			return
		default:
			_ = c.PrintfLine("250 ok")
		}
	}
}
