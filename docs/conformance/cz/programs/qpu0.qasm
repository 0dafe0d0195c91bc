// program of node 0, qpu0; nodes: 0 qpu0, 1 qpu1
OPENQASM 3.0;
include "stdgates.inc";
extern request_pair(int, int, int);  // tag, the other node, ion
extern send_bit(int, int, bit);  // tag, the node that receives it, bit
extern receive_bit(int, int) -> bit;  // tag, the node that sends it
qubit[1] qpu0_data;
qubit[1] qpu0_memory;
bit[2] c = "00";
bit[2] qpu0_outcome = "00";
bit[1] inbox = "0";
request_pair(0, 1, 1);  // qpu0_memory[0]
cx qpu0_data[0], qpu0_memory[0];
qpu0_outcome[1] = measure qpu0_memory[0];
send_bit(0, 1, qpu0_outcome[1]);
reset qpu0_memory[0];
inbox[0] = receive_bit(1, 1);
if (inbox[0] == 1) {
  z qpu0_data[0];
}
U(3.141592653589793, 3.141592653589793, 0.0) qpu0_data[0];
c[0] = measure qpu0_data[0];
reset qpu0_data[0];
