package remote

import (
	"bufio"
	endian "encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// What a frame holds. Each is one byte for the kind, four for the length, the
// highest first, and the content.
const (
	frameMessage = 'm' // a JSON-RPC message
	framePiece   = 'p' // raw bytes: a piece of an archive
	framePulse   = 'l' // nothing: a sign of life
)

// frameHeader is the length of what comes before the content, in bytes.
const frameHeader = 5

// maxFrames bound the content of a frame, in bytes; it is held in memory whole.
var maxFrames = map[byte]int{frameMessage: 64 << 20, framePiece: 1 << 20, framePulse: 0}

// stream is a channel.Channel that carries pieces of an archive beside its messages: in
// JSON they would cost a hundred times as much. A piece is sent without an
// announcement; the message that follows it asks to take it.
type stream struct {
	in  *bufio.Reader
	out io.WriteCloser
	// pieces buffers a piece that has arrived until a call takes it; nil where none may
	// come. A sender that does not wait for room is an error, so that messages never
	// queue behind a piece.
	pieces chan []byte

	// outlives is set where Close leaves the way out open: a server closes its channel
	// as soon as its client is gone, and signs of life are given until the last step
	// is finished.
	outlives bool
	// signs counts the reads that brought anything, part of a frame included: whoever
	// sends is alive.
	signs atomic.Uint64

	mu sync.Mutex // one frame at a time
}

func newStream(in io.Reader, out io.WriteCloser) *stream {
	s := &stream{out: out}
	s.in = bufio.NewReader(&counter{in, &s.signs})
	return s
}

// Send implements channel.Channel.
func (s *stream) Send(message []byte) error { return s.write(frameMessage, message) }

// sendPiece sends raw bytes.
func (s *stream) sendPiece(piece []byte) error { return s.write(framePiece, piece) }

// write sends a frame whole or closes the stream: after half a frame nobody could tell
// where the next one begins.
func (s *stream) write(kind byte, content []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := fmt.Errorf("cannot send %d bytes at once: %d are the most", len(content), maxFrames[kind])
	if len(content) <= maxFrames[kind] {
		frame := make([]byte, frameHeader, frameHeader+len(content))
		frame[0] = kind
		endian.BigEndian.PutUint32(frame[1:], uint32(len(content)))
		_, err = s.out.Write(append(frame, content...))
	}
	if err != nil {
		_ = s.out.Close()
	}
	return err
}

// Recv implements channel.Channel: it keeps the pieces that come before the next
// message. A stream that was cut ends with io.EOF, wherever that was.
func (s *stream) Recv() ([]byte, error) {
	for {
		kind, content, err := s.read()
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, io.EOF
		case err != nil || kind == frameMessage:
			return content, err
		case kind == framePulse:
			continue
		}
		select {
		case s.pieces <- content:
		default:
			return nil, errors.New("cannot take a piece that nobody waits for")
		}
	}
}

func (s *stream) read() (kind byte, content []byte, err error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(s.in, header[:]); err != nil {
		return 0, nil, err
	}
	kind, size := header[0], endian.BigEndian.Uint32(header[1:])
	if most, known := maxFrames[kind]; !known || uint64(size) > uint64(most) {
		return 0, nil, fmt.Errorf("cannot understand what came: a frame of kind %q with %d bytes", kind, size)
	}
	content = make([]byte, size)
	_, err = io.ReadFull(s.in, content)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return kind, content, err
}

// Close implements channel.Channel.
func (s *stream) Close() error {
	if s.outlives {
		return nil
	}
	return s.out.Close()
}
