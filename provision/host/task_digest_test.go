package host

import (
	"reflect"
	"testing"

	"github.com/zkprov/zkprov/inventory"
	"github.com/zkprov/zkprov/provision"
)

// TestTaskDigest wants another look for every task that may need one, whatever fields a
// task gets.
func TestTaskDigest(t *testing.T) {
	same := map[string]bool{"By": true, "Only": true, "Bootstrap": true, "Founding": true}
	plain := provision.Task{Ensemble: &inventory.Ensemble{Name: "zookeeper"}, Host: "zk1"}
	before, err := taskDigest(plain)
	if err != nil {
		t.Fatal(err)
	}
	for i := range reflect.TypeFor[provision.Task]().NumField() {
		name := reflect.TypeFor[provision.Task]().Field(i).Name
		other := plain
		switch f := reflect.ValueOf(&other).Elem().Field(i); f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.String:
			f.SetString("zk2")
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]string{"zookeeper-1": "0123456789abcdef"}))
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		case reflect.Struct:
			other.By = provision.Caller{Command: "apply"}
		default:
			t.Fatalf("%s is a %s", name, f.Kind())
		}
		after, err := taskDigest(other)
		if err != nil {
			t.Fatal(err)
		}
		if (after == before) != same[name] {
			t.Errorf("with another %s it is %s, and was %s", name, after, before)
		}
	}
}
