// Confines a program and becomes it: takes away what reading strangers' files does not need, then execve.
//
//     confine [-p PID] [-c FD] [-l RESOURCE SOFT HARD]... [-r PATH]... [-x PATH]... [-w PATH]... [-d PATH]... [-o] -- PROGRAM ARGUMENT...
//     confine -f
//
//   -p PID   the parent: this process ends with the thread of it that started this one, and at once where it is gone
//   -c FD    a descriptor to close (this program's own, where it came as one)
//   -l       a limit, by the kernel's number of it (RLIMIT_...), soft and hard; never more than what is held already
//   -r PATH  may be read: a file, or a folder with all in it
//   -x PATH  may be read and executed
//   -w PATH  files in this folder may be made, read, written and removed
//   -d PATH  a device: read, written and commanded (ioctl)
//   -o       confine in this alone: parent, limits and privileges; the program confines its own children
//   -f       only writes the filter of system calls, as it is installed by processes that start no program, to standard
//            output: an array of `struct sock_filter` in which ANY_PID stands for the number of that process
//
// What is named with -r, -x, -w, -d and is not there is passed over. What the kernel lacks is passed over too (the self-test
// says so); whatever else fails ends it with 126 and a line on standard error, as does a program that cannot be executed.
//
// No libc, no start files, no relocation: it is built to the same bytes everywhere (README.md).

#include <asm/unistd.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/signal.h>

typedef unsigned long word;

#define FAILED 126
#define ANY_PID 0x7e7e7e7e
#define NEWEST_CALL 462  // mseal, Linux 6.10: what is newer was looked at by nobody here, and is not there for a child
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
static long call(long number, word a, word b, word c, word d, word e) {
    long result;
    register word r10 __asm__("r10") = d;
    register word r8 __asm__("r8") = e;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin\n\thlt\n");
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
static long call(long number, word a, word b, word c, word d, word e) {
    register long x8 __asm__("x8") = number;
    register word x0 __asm__("x0") = a;
    register word x1 __asm__("x1") = b;
    register word x2 __asm__("x2") = c;
    register word x3 __asm__("x3") = d;
    register word x4 __asm__("x4") = e;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return (long)x0;
}
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, sp\n\tbl begin\n\tbrk #1\n");
#else
#error "no helper for this machine"
#endif

// ---- Small change

static word length(const char *text) {
    word count = 0;
    while (text[count]) count++;
    return count;
}

static void say(const char *text) { call(__NR_write, 2, (word)text, length(text), 0, 0); }

__attribute__((noreturn)) static void leave(int status) {
    for (;;) call(__NR_exit_group, status, 0, 0, 0, 0);
}

__attribute__((noreturn)) static void fail(const char *what, long error) {
    char digits[4] = "000";
    if (error < 0) error = -error;
    for (int place = 2; place >= 0; place--, error /= 10) digits[place] = '0' + error % 10;
    say("confine: ");
    say(what);
    say(": error ");
    say(digits);
    say("\n");
    leave(FAILED);
}

static void expect(const char *what, long result) {
    if (result < 0) fail(what, result);
}

static word number(const char *text) {
    word value = 0;
    if (!*text) fail("a number is empty", EINVAL);
    for (; *text; text++) {
        if (*text < '0' || *text > '9') fail("a number has other characters", EINVAL);
        if (value > ~0ul / 10 - 1) fail("a number is too large", ERANGE);
        value = value * 10 + (*text - '0');
    }
    return value;
}

static int is_option(const char *argument, char letter) {
    return argument[0] == '-' && argument[1] == letter && !argument[2];
}

// ---- The filter of system calls

// Refused whatever they are given. What is not in the list of one kind of machine is not in its kernel.
static const unsigned short REFUSED[] = {
    // Sockets of any kind.
    __NR_socket, __NR_socketpair, __NR_connect, __NR_bind, __NR_listen, __NR_accept, __NR_accept4,
    // System calls by another way, past this filter.
    __NR_io_uring_setup, __NR_io_uring_enter, __NR_io_uring_register,
    // Other processes: to make, look into, follow and hold them; and out of the group that is ended as one.
    __NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev, __NR_process_madvise, __NR_process_mrelease, __NR_kcmp,
    __NR_pidfd_open, __NR_pidfd_getfd, __NR_pidfd_send_signal, __NR_rt_sigqueueinfo, __NR_rt_tgsigqueueinfo,
    __NR_setsid, __NR_setpgid, __NR_migrate_pages, __NR_move_pages,
    // A program without a name (one with a name is for Landlock to judge), and memory that is a file.
    __NR_execveat, __NR_memfd_create, __NR_memfd_secret,
    // Shared memory, queues and semaphores that any process of the user can take hold of.
    __NR_shmget, __NR_shmat, __NR_shmctl, __NR_msgget, __NR_msgsnd, __NR_msgrcv, __NR_msgctl, __NR_semget, __NR_semop,
    __NR_semtimedop, __NR_semctl, __NR_mq_open, __NR_mq_unlink,
    // What Landlock does not see: owners, modes, times and attributes of files, and who looks at which file.
    __NR_fchmod, __NR_fchmodat, __NR_fchmodat2, __NR_fchown, __NR_fchownat, __NR_utimensat, __NR_setxattr, __NR_lsetxattr,
    __NR_fsetxattr, __NR_removexattr, __NR_lremovexattr, __NR_fremovexattr, __NR_mknodat, __NR_truncate,
    __NR_inotify_init1, __NR_inotify_add_watch, __NR_fanotify_init, __NR_fanotify_mark, __NR_name_to_handle_at,
    __NR_open_by_handle_at, __NR_quotactl, __NR_quotactl_fd,
    // The tree of files, namespaces, and the kernel itself.
    __NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot, __NR_setns, __NR_unshare, __NR_open_tree, __NR_move_mount,
    __NR_fsopen, __NR_fsconfig, __NR_fsmount, __NR_fspick, __NR_mount_setattr, __NR_statmount, __NR_listmount,
    __NR_bpf, __NR_perf_event_open, __NR_userfaultfd, __NR_keyctl, __NR_add_key, __NR_request_key, __NR_init_module,
    __NR_finit_module, __NR_delete_module, __NR_kexec_load, __NR_reboot, __NR_swapon, __NR_swapoff, __NR_acct,
    __NR_syslog, __NR_sethostname, __NR_setdomainname, __NR_settimeofday, __NR_clock_settime, __NR_adjtimex,
    __NR_clock_adjtime, __NR_vhangup, __NR_personality, __NR_seccomp, __NR_lookup_dcookie, __NR_nfsservctl,
    __NR_kexec_file_load,
#ifdef __x86_64__
    __NR_fork, __NR_vfork, __NR_chmod, __NR_chown, __NR_lchown, __NR_utime, __NR_utimes, __NR_futimesat, __NR_mknod,
    __NR_inotify_init, __NR_iopl, __NR_ioperm, __NR_modify_ldt, __NR_uselib, __NR_ustat, __NR_sysfs,
#endif
};

// Allowed where one argument is one of two values: another process is none of its business.
static const struct { unsigned short call; unsigned char argument; unsigned int first, second; } OF_ITSELF[] = {
    {__NR_kill, 0, ANY_PID, ANY_PID},           {__NR_tkill, 0, ANY_PID, ANY_PID},
    {__NR_tgkill, 0, ANY_PID, ANY_PID},         {__NR_prlimit64, 0, ANY_PID, 0},
    {__NR_setpriority, 1, ANY_PID, 0},          {__NR_ioprio_set, 1, ANY_PID, 0},
    {__NR_sched_setaffinity, 0, ANY_PID, 0},    {__NR_sched_setscheduler, 0, ANY_PID, 0},
    {__NR_sched_setparam, 0, ANY_PID, 0},       {__NR_sched_setattr, 0, ANY_PID, 0},
    // Names of threads; above all not the signal with which it ends with its parent, nor whether it can be dumped.
    {__NR_prctl, 0, PR_SET_NAME, PR_GET_NAME},
};

#define LOW_HALF(argument) (16 + 8 * (argument))  // offset in `struct seccomp_data`, on little-endian machines
#define PIECE(code, value) (struct sock_filter){(code), 0, 0, (value)}
#define JUMP(code, value, yes, no) (struct sock_filter){BPF_JMP | (code) | BPF_K, (yes), (no), (value)}
#define ANSWER(value) PIECE(BPF_RET | BPF_K, (value))
#define LOAD(offset) PIECE(BPF_LD | BPF_W | BPF_ABS, (offset))
#define REFUSAL ANSWER(SECCOMP_RET_ERRNO | EPERM)
#define NOT_THERE ANSWER(SECCOMP_RET_ERRNO | ENOSYS)

static struct sock_filter filter[40 + 2 * COUNT(REFUSED) + 7 * COUNT(OF_ITSELF)];

static word make_filter(unsigned int self, int may_execute) {
    struct sock_filter *next = filter;
    *next++ = LOAD(4);
    *next++ = JUMP(BPF_JEQ, ARCHITECTURE, 1, 0);
    *next++ = ANSWER(SECCOMP_RET_KILL_PROCESS);
    *next++ = LOAD(0);
    // The numbers of x32 lie there as well.
    *next++ = JUMP(BPF_JGT, NEWEST_CALL, 0, 1);
    *next++ = NOT_THERE;
    // Its flags are in memory, where no filter sees them; libraries fall back to clone.
    *next++ = JUMP(BPF_JEQ, __NR_clone3, 0, 1);
    *next++ = NOT_THERE;
    for (word index = 0; index < COUNT(REFUSED); index++) {
        *next++ = JUMP(BPF_JEQ, REFUSED[index], 0, 1);
        *next++ = REFUSAL;
    }
    if (!may_execute) {
        *next++ = JUMP(BPF_JEQ, __NR_execve, 0, 1);
        *next++ = REFUSAL;
    }
    for (word index = 0; index < COUNT(OF_ITSELF); index++) {
        unsigned int first = OF_ITSELF[index].first, second = OF_ITSELF[index].second;
        *next++ = JUMP(BPF_JEQ, OF_ITSELF[index].call, 0, 5);
        *next++ = LOAD(LOW_HALF(OF_ITSELF[index].argument));
        *next++ = JUMP(BPF_JEQ, first == ANY_PID ? self : first, 2, 0);
        *next++ = JUMP(BPF_JEQ, second == ANY_PID ? self : second, 1, 0);
        *next++ = REFUSAL;
        *next++ = ANSWER(SECCOMP_RET_ALLOW);
    }
    // Threads, no processes.
    *next++ = JUMP(BPF_JEQ, __NR_clone, 0, 4);
    *next++ = LOAD(LOW_HALF(0));
    *next++ = JUMP(BPF_JSET, CLONE_THREAD, 1, 0);
    *next++ = REFUSAL;
    *next++ = ANSWER(SECCOMP_RET_ALLOW);
    // Keys typed into the terminal that it was started from.
    *next++ = JUMP(BPF_JEQ, __NR_ioctl, 0, 4);
    *next++ = LOAD(LOW_HALF(1));
    *next++ = JUMP(BPF_JEQ, 0x5412 /* TIOCSTI */, 1, 0);
    *next++ = JUMP(BPF_JEQ, 0x541c /* TIOCLINUX */, 0, 1);
    *next++ = REFUSAL;
    *next++ = ANSWER(SECCOMP_RET_ALLOW);
    return next - filter;
}

static void refuse_calls(void) {
    struct sock_fprog program = {.len = make_filter(call(__NR_getpid, 0, 0, 0, 0, 0), 1), .filter = filter};
    // Not slowed down for the sake of what it could learn of itself by speculation: there is nothing in it to be learnt.
    long result = call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, (word)&program, 0, 0);
    if (result == -EINVAL) result = call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, (word)&program, 0, 0);
    if (result != -ENOSYS && result != -EINVAL) expect("seccomp", result);
}

// ---- What of the tree of files it sees

#define FILE_RIGHTS                                                                                                    \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |                       \
     LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_IOCTL_DEV)
#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define EXECUTE_RIGHTS (READ_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE)
#define WRITE_RIGHTS                                                                                                   \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |                      \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define DEVICE_RIGHTS                                                                                                  \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_IOCTL_DEV)

struct rights {
    int ruleset;  // negative where the kernel has no Landlock
    word handled;
};

static struct rights no_rights(void) {
    long version = call(__NR_landlock_create_ruleset, 0, 0, LANDLOCK_CREATE_RULESET_VERSION, 0, 0);
    if (version == -ENOSYS || version == -EOPNOTSUPP) return (struct rights){-1, 0};
    expect("landlock", version);
    struct landlock_ruleset_attr all = {
        // Every right that this kernel knows: 13 of the first version, one each of the second, third and fifth.
        .handled_access_fs = (1ul << (13 + (version >= 2) + (version >= 3) + (version >= 5))) - 1,
        .handled_access_net = version >= 4 ? LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP : 0,
        .scoped = version >= 6 ? LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL : 0,
    };
    long ruleset = call(__NR_landlock_create_ruleset, (word)&all, sizeof all, 0, 0, 0);
    expect("landlock_create_ruleset", ruleset);
    return (struct rights){ruleset, all.handled_access_fs};
}

static void allow(struct rights rights, const char *path, word access) {
    if (rights.ruleset < 0) return;
    long place = call(__NR_openat, AT_FDCWD, (word)path, O_PATH | O_CLOEXEC, 0, 0);
    if (place == -ENOENT || place == -ENOTDIR || place == -EACCES) return;
    expect(path, place);
    struct landlock_path_beneath_attr rule = {.allowed_access = access & rights.handled, .parent_fd = place};
    long result = call(__NR_landlock_add_rule, rights.ruleset, LANDLOCK_RULE_PATH_BENEATH, (word)&rule, 0, 0);
    if (result == -EINVAL) {  // a file has no rights of folders
        rule.allowed_access &= FILE_RIGHTS;
        result = call(__NR_landlock_add_rule, rights.ruleset, LANDLOCK_RULE_PATH_BENEATH, (word)&rule, 0, 0);
    }
    expect(path, result);
    call(__NR_close, place, 0, 0, 0, 0);
}

// ---- What it has, and with whom it ends

static void limit(word resource, word soft, word hard) {
    struct { word soft, hard; } held, wanted = {soft, hard};
    expect("prlimit64", call(__NR_prlimit64, 0, resource, 0, (word)&held, 0));
    if (wanted.hard > held.hard) wanted.hard = held.hard;
    if (wanted.soft > wanted.hard) wanted.soft = wanted.hard;
    expect("prlimit64", call(__NR_prlimit64, 0, resource, (word)&wanted, 0, 0));
}

static void end_with(word parent) {
    expect("prctl", call(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
    if ((word)call(__NR_getppid, 0, 0, 0, 0, 0) != parent) leave(FAILED);  // it was gone before that
}

// As root: no privilege but to read and write its files, whoever owns them.
static void drop_privileges(void) {
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct held[2];
    expect("capget", call(__NR_capget, (word)&head, (word)held, 0, 0, 0));
    held[0].permitted &= 1u << CAP_DAC_OVERRIDE;
    held[0].effective = held[0].permitted;
    held[0].inheritable = held[1].effective = held[1].permitted = held[1].inheritable = 0;
    expect("capset", call(__NR_capset, (word)&head, (word)held, 0, 0, 0));
    expect("prctl", call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

__attribute__((noreturn, used)) static void confine(char **argument, char **environment) {
    struct rights rights = no_rights();
    int only_limits = 0;
    word parent = 0;
    for (; *argument && !is_option(*argument, '-'); argument++) {
        char **value = argument + 1;
        if (is_option(*argument, 'o')) {
            only_limits = 1;
            continue;
        }
        if (!*value) fail("an option lacks its value", EINVAL);
        if (is_option(*argument, 'p')) parent = number(*value);
        else if (is_option(*argument, 'c')) call(__NR_close, number(*value), 0, 0, 0, 0);
        else if (is_option(*argument, 'r')) allow(rights, *value, READ_RIGHTS);
        else if (is_option(*argument, 'x')) allow(rights, *value, EXECUTE_RIGHTS);
        else if (is_option(*argument, 'w')) allow(rights, *value, WRITE_RIGHTS);
        else if (is_option(*argument, 'd')) allow(rights, *value, DEVICE_RIGHTS);
        else if (is_option(*argument, 'l') && value[1] && value[2]) {
            limit(number(value[0]), number(value[1]), number(value[2]));
            argument += 2;
        } else fail("an unknown option", EINVAL);
        argument++;
    }
    if (!*argument || !argument[1]) fail("names no program", EINVAL);
    char **program = argument + 1;
    drop_privileges();
    // After privileges: where they shrink, the kernel may forget it.
    if (parent) end_with(parent);
    if (!only_limits) {
        if (rights.ruleset >= 0)
            expect("landlock_restrict_self", call(__NR_landlock_restrict_self, rights.ruleset, 0, 0, 0, 0));
        refuse_calls();
    }
    fail(*program, call(__NR_execve, (word)*program, (word)program, (word)environment, 0, 0));
}

__attribute__((noreturn, used)) void begin(word *stack) {
    char **arguments = (char **)(stack + 1);
    if (stack[0] == 2 && is_option(arguments[1], 'f')) {
        word size = make_filter(ANY_PID, 0) * sizeof(struct sock_filter);
        leave(call(__NR_write, 1, (word)filter, size, 0, 0) == (long)size ? 0 : FAILED);
    }
    if (stack[0] < 2) fail("names no program", EINVAL);
    confine(arguments + 1, arguments + stack[0] + 1);
}
