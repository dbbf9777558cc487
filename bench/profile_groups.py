# SPDX-License-Identifier: GPL-2.0-only
"""What kind of work the kernel's functions do, by their names."""

import re

# Name, what it is, how names begin, but for underscores. The first group that fits has the
# function.
GROUPS = [
    ("module", "functions of qmsg.ko itself", None),
    ("user", "both programs and their libraries", None),
    ("interrupts", "of the clock, and whatever they brought along", None),
    ("mechanism", "pipes, sockets, futexes, queues: what other methods are made of", """
        pipe_ anon_pipe unix_ sock sk_ skb_ kfree_skb build_skb validate_xmit consume_skb napi_
        scm_ release_sock lock_sock tcp_ bictcp_ cubictcp_ ip_ ip4_ ipv4_ ipc_ inet_ raw_local nf_
        net_ netif_ netdev_ dev_ eth_ loopback_ process_backlog enqueue_to_backlog dst_ csum_
        qdisc sys_send sys_recv x64_sys_send x64_sys_recv futex do_futex get_futex x64_sys_futex
        mq_ do_mq_ x64_sys_mq msg_ wq_ pipelined_ load_msg store_msg alloc_msg free_msg do_msg
        ksys_msg x64_sys_msg eventfd_ process_vm_ x64_sys_process_vm binder_
        """),
    ("thunks", "retpolines, return thunks, static calls", """
        x86_indirect x86_return SCT__ srso_ retbleed_ entry_ibpb entry_untrain zen_untrain
        fentry__ warn_thunk
        """),
    ("entry", "system call: entry and exit", """
        entry_ do_syscall_64 x64_sys_call syscall_ exit_to_user_mode arch_exit_to_user
        amd_clear_divider irqentry_ ret_from_ swapgs_ common_interrupt_return
        """),
    ("resume", "back to user mode after a switch: FPU, rseq, throttling", """
        rseq switch_fpu_return restore_fpregs save_fpregs fpregs_ xfd_ fpu_ switch_to_xtra
        task_work mem_cgroup_handle_over_high blkcg resume_user_mode
        """),
    ("lsm", "security hooks and modules", """
        security_ hook_ call_int_hook lsm_ bpf_lsm_ apparmor_ aa_ tomoyo_ cap_ landlock_ yama_
        selinux_ smack_ ima_ evm_ integrity_ profile_ common_file_perm common_perm fn_label
        """),
    ("memory", "allocators and pages", """
        kmem_cache cache_from_obj should_failslab is_vmalloc kmalloc kfree kvmalloc kvfree slab
        new_slab alloc_ free_ get_partial put_cpu_partial deactivate_slab put_page folio get_page
        get_user_pages internal_get_user_pages pin_user gup try_grab unpin_user try_get_folio
        try_get_compound is_valid_gup sanity_check_pinned page_ clear_page rmqueue post_alloc
        prep_new get_pfnblock obj_cgroup memcg mem_cgroup get_obj_cgroup refill_ drain_ consume_
        mod_objcg mod_memcg mod_lruvec mod_node mod_zone count_ try_charge set_track prepare_slab
        setup_object shuffle_ vmalloc check_new_pages kernel_init
        """),
    ("copying", "between user and kernel memory, and within", """
        copy_ raw_copy_ rep_movs rep_stos memcpy memmove memset get_user put_user clear_user
        strncpy_from_user check_object_size check_stack_object check_heap_object virt_addr_valid
        check_zeroed_user import_ iovec_ iov_iter_ copyin copyout inline_copy simple_copy
        fault_in_
        """),
    ("fd", "descriptors, files, and the way to a file's operation", """
        fdget fget fput fd_ x64_sys_ioctl do_vfs_ioctl vfs_ ksys_read ksys_write x64_sys_read
        x64_sys_write rw_verify_area new_sync_ fsnotify touch_atime atime_needs file_update_time
        file_modified inode_needs inode_update current_time ktime_get_coarse generic_update_time
        mnt sock_poll sockfd_lookup
        """),
    ("rcu", "RCU", "rcu_ call_rcu note_gp srcu_"),
    ("locks", "spinlocks, mutexes and so on", """
        raw_ queued_ native_queued pv_queued spin_ mutex ww_mutex down_ up_ rwsem_ rtmutex_
        rt_mutex rt_read_ rt_write_ rtlock_ rt_spin rwbase try_to_take_rt_mutex mark_wakeup_next
        task_blocks_on_rt remove_waiter fixup_rt_mutex wait_for_xmitr local_bh osq_ lockref_
        migrate_disable migrate_enable
        """),
    ("time", "clocks and timers", """
        ktime_ read_tsc timekeeping_ hrtimer_ lock_hrtimer switch_hrtimer timer add_timer
        mod_timer del_timer getnstime posix_ktime get_time clockevents_ lapic_next native_read_tsc
        remove_hrtimer enqueue_hrtimer
        """),
    ("scheduler", "waking, choosing, switching, its accounts", """
        preempt_schedule cond_resched dynamic_cond_resched dynamic_preempt_schedule resched sched
        native_sched_clock local_clock try_to_wake_up wake_up default_wake_function
        autoremove_wake pollwake ttwu wakeup_ check_preempt_ swake_ complete wait_for_completion
        prepare_to finish_wait add_wait_queue remove_wait_queue init_wait woken_wake wait_woken
        wake_q select_task select_idle select_fallback available_idle idle_cpu cpus_share
        activate_task deactivate_task enqueue_ dequeue_ pick_ put_prev_ set_next_ switched_
        prio_changed task_woken_ task_tick_ yield_ balance_ pull_ push_ update_rq_clock
        update_curr update_load_avg update_cfs update_se update_entity update_min_vruntime
        update_rt_rq update_dl_rq update_irq_load update_other_load update_stats update_tg
        update_misfit update_util update_deadline update_avg update_blocked_averages newidle_
        decay_load accumulate_pelt place_entity entity_ avg_vruntime vruntime_ reweight_
        rebalance_ calc_delta clear_buddies set_buddies cpuacct_ account_ cgroup_account acct_
        task_cputime record_times psi cpupri_ inc_rt dec_rt rt_rq_ cpudl_ start_hrtick hrtick_
        context_switch prepare_task_switch finish_task_switch switch_to switch_mm switch_ldt
        native_load_tls native_load_gs_index invalidate_user_asid cr4_update enter_lazy_tlb
        load_new_mm rdgsbase wrgsbase mm_cid_ mm_update_cid perf_event_task arch_scale_ cpufreq_
        sugov_ nohz_ tick_nohz dl_server dl_scaled start_dl_timer pv_native_ requeue_ record_wakee
        attach_entity detach_entity propagate_entity cfs_rq_ check_cfs throttle_cfs set_task_cpu
        migrate_task arch_cpu_idle do_idle default_idle cpuidle_ need_active cookie_ task_rq_lock
        clear_delayed update_rt_migration rt_task is_same_group uclamp_ asym_ kick_ilb io_schedule
        bit_wait find_first_bit find_next_bit
        """),
    ("lists", "lists, trees, maps and bits", """
        list_add_valid list_del_entry_valid plist_ rb_ timerqueue_ xa_ xas_ idr_ ida_ radix_tree_
        refcount_ llist_ rhashtable_
        """),
    ("ids", "users, groups, processes", """
        map_id_ from_ku from_kg make_ku make_kg pid_vnr pid_nr_ns task_pid_nr_ns task_active_pid
        put_pid get_pid put_cred put_task_struct get_task_pid user_ns
        """),
    ("other", "none of these", ""),
]

_PATTERNS = [(name, re.compile("|".join(map(re.escape, beginnings.split()))))
             for name, _, beginnings in GROUPS if beginnings is not None]


def group_of(function):
    """The group of a function of the kernel's."""
    return next(name for name, pattern in _PATTERNS if pattern.match(function.lstrip("_")))
