# SPDX-License-Identifier: GPL-2.0-only
"""What kind of work the kernel's functions do, by their names."""

import re

# Name, what it is, beginnings of names. The first group that fits has the function.
GROUPS = [
    ("module", "functions of qmsg.ko itself", None),
    ("user", "both programs and their libraries", None),
    ("entry", "system call: entry and exit", """
        entry_ do_syscall_64 x64_sys_call syscall_ __syscall_ exit_to_user_mode
        arch_exit_to_user irqentry_ ret_from_ swapgs_ common_interrupt_return
        """),
    ("resume", "back to user mode after a switch: FPU, rseq, throttling", """
        __rseq rseq_ switch_fpu_return restore_fpregs save_fpregs fpregs_ xfd_ fpu_
        __switch_to_xtra task_work mem_cgroup_handle_over_high blkcg_maybe
        __blkcg resume_user_mode
        """),
    ("lsm", "security hooks and modules", """
        security_ hook_ call_int_hook lsm_ bpf_lsm_ apparmor_ aa_ tomoyo_ cap_ landlock_ yama_
        selinux_ smack_ ima_ evm_ integrity_ profile_ common_file_perm common_perm fn_label
        """),
    ("copying", "between user and kernel memory, and within", """
        copy_ _copy_ __copy_ raw_copy_ rep_movs rep_stos memcpy __memcpy memmove __memmove memset
        __memset get_user __get_user put_user __put_user clear_user __clear_user strncpy_from_user
        __check_object_size check_stack_object check_heap_object __check_heap_object
        __virt_addr_valid check_zeroed_user import_ iovec_ __import_iovec iov_iter_ copyin
        copyout __copyin __copyout _inline_copy simple_copy fault_in_
        """),
    ("fd", "descriptors, files, and the way to a file's operation", """
        fdget fget __fget __fdget fput __fput ____fput fd_ __x64_sys_ioctl do_vfs_ioctl
        vfs_ ksys_read ksys_write __x64_sys_read __x64_sys_write rw_verify_area new_sync_
        __fsnotify fsnotify touch_atime atime_needs file_update_time file_modified
        inode_needs inode_update current_time ktime_get_coarse generic_update_time
        mnt_want mnt_drop __mnt sock_poll sockfd_lookup
        """),
    ("memory", "allocators and pages", """
        kmem_cache kmalloc __kmalloc kfree kvmalloc __kvmalloc kvfree slab_ __slab ___slab new_slab
        alloc_ __alloc_ free_ __free_ get_partial put_cpu_partial deactivate_slab put_page
        __put_page folio_ __folio get_page gup_ internal_get_user_pages pin_user __gup try_grab
        unpin_user try_get_folio try_get_compound is_valid_gup sanity_check_pinned page_ clear_page
        rmqueue __rmqueue post_alloc prep_new get_pfnblock obj_cgroup __memcg memcg_ mem_cgroup
        get_obj_cgroup refill_ drain_ consume_ mod_objcg __mod_ __count_ try_charge set_track
        prepare_slab setup_object shuffle_ vmalloc free_pcppages check_new_pages kernel_init
        """),
    ("rcu", "RCU", "rcu_ __rcu_ call_rcu __call_rcu note_gp srcu_ __srcu"),
    ("locks", "spinlocks, mutexes and so on", """
        _raw_ __raw_ queued_ native_queued __pv_queued spin_ mutex_ __mutex ww_mutex down_ up_
        __down_ __up_ rwsem_ rtmutex_ rt_mutex_ __rt_mutex rt_spin_ rt_read_ rt_write_ rtlock_
        __rt_spin __rwbase rwbase_ try_to_take_rt_mutex mark_wakeup_next task_blocks_on_rt
        remove_waiter fixup_rt_mutex rt_mutex wait_for_xmitr __local_bh local_bh osq_ lockref_
        migrate_disable migrate_enable ___migrate __migrate
        """),
    ("scheduler", "waking, choosing, switching, its accounts", """
        __schedule schedule preempt_schedule __cond_resched dynamic_cond_resched
        dynamic_preempt_schedule resched_ __resched sched_ __sched native_sched_clock local_clock
        try_to_wake_up wake_up __wake_up default_wake_function autoremove_wake pollwake ttwu_
        __ttwu wakeup_ check_preempt_ swake_ complete wait_for_completion prepare_to_wait
        __prepare_to finish_wait add_wait_queue remove_wait_queue init_wait woken_wake
        wake_q wake_up_q select_task select_idle select_fallback available_idle idle_cpu cpus_share
        activate_task deactivate_task enqueue_ dequeue_ __enqueue_ __dequeue_ pick_ __pick_
        put_prev_ set_next_ switched_ prio_changed task_woken_ task_tick_ yield_ balance_ pull_
        push_ update_rq_clock update_curr update_load_avg update_cfs update_se update_entity
        update_min_vruntime update_rt_rq update_dl_rq update_irq_load update_other_load
        update_stats update_tg update_misfit update_util update_deadline update_avg
        __update_load_avg update_blocked_averages newidle_ sched_balance decay_load
        __accumulate_pelt place_entity entity_ avg_vruntime vruntime_ reweight_ rebalance_
        __calc_delta calc_delta clear_buddies set_buddies cpuacct_ account_ cgroup_account
        __cgroup_account acct_ task_cputime psi_ record_times __psi plist_ cpupri_ inc_rt dec_rt
        rt_rq_ cpudl_ start_hrtick hrtick_ context_switch prepare_task_switch finish_task_switch
        __switch_to switch_mm switch_ldt native_load_tls native_load_gs_index invalidate_user_asid
        cr4_update enter_lazy_tlb load_new_mm __rdgsbase __wrgsbase mm_cid_ mm_update_cid
        perf_event_task_sched __perf_event_task arch_scale_ cpufreq_ sugov_ nohz_ tick_nohz
        dl_server dl_scaled start_dl_timer pv_native_ requeue_ record_wakee attach_entity
        detach_entity propagate_entity cfs_rq_ check_cfs throttle_cfs set_task_cpu migrate_task
        arch_cpu_idle do_idle default_idle cpuidle_ need_active cookie_ sched
        rt_task is_same_group next_ in_sched uclamp_ asym_ kick_ilb io_schedule bit_wait
        _find_first_bit _find_next_bit
        """),
    ("thunks", "retpolines, return thunks, static calls", """
        __x86_indirect __x86_return __SCT__ srso_ retbleed_ entry_ibpb entry_untrain zen_untrain
        __fentry__ __warn_thunk
        """),
    ("lists", "lists, trees, maps and bits", """
        __list_add_valid __list_del_entry_valid rb_ __rb_ timerqueue_ xa_ __xa_ xas_ __xas_ idr_
        ida_ radix_tree_ refcount_ _find_ find_next find_first llist_ rhashtable_ sort
        """),
    ("time", "clocks and timers", """
        ktime_ read_tsc timekeeping_ hrtimer_ __hrtimer_ lock_hrtimer switch_hrtimer timer_
        __timer add_timer mod_timer del_timer __mod_timer getnstime posix_ktime get_time
        clockevents_ lapic_next native_read_tsc remove_hrtimer enqueue_hrtimer
        """),
    ("other", "none of these", ""),
]


def _pattern(beginnings):
    return re.compile("|".join(map(re.escape, beginnings.split())))


_PATTERNS = [(name, _pattern(beginnings)) for name, _, beginnings in GROUPS if beginnings is not None]


def group_of(function):
    """The group of a function of the kernel's."""
    return next(name for name, pattern in _PATTERNS if pattern.match(function))
