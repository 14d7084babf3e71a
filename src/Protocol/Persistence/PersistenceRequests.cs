using System.Collections.Immutable;
using System.Text;

namespace AkkaKv.Protocol;

/// <summary>
/// Reads and writes of the persistence plugin, sent again while that may help: reads as they are, writes as repetitions of themselves, which
/// take effect once.
/// </summary>
/// <remarks>
/// A put here supersedes exactly what its writer has read: with nothing read it asks for nothing to be there. So concurrent writers never
/// overwrite each other unseen.
/// </remarks>
internal sealed class PersistenceRequests(
    IKeyValueStore store, PersistenceSettings settings, WriteIdSource writeIds, TimeProvider time, Func<double> chance)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(640);

    /// <summary>The key of a row; throws <see cref="PersistenceIdTooLongException"/> if the id is too long for one.</summary>
    public byte[] Key(string kind, string persistenceId, string row)
    {
        var key = Encoding.UTF8.GetBytes($"{settings.KeyPrefix}{kind}/{persistenceId}/{row}");
        return key.Length <= KeyLimits.MaximumBytes ? key : throw new PersistenceIdTooLongException(persistenceId, key.Length);
    }

    /// <summary>When all attempts of an operation that begins now are over.</summary>
    public Patience Begin(CancellationToken cancellationToken = default) => new(time.GetTimestamp(), cancellationToken);

    /// <summary>Reads a key: <see cref="Found"/> or <see cref="NotFound"/>; throws <see cref="AkkaKvException"/>.</summary>
    public async Task<ClientReply> GetAsync(byte[] key, Patience patience)
    {
        var reply = await RetryAsync((_, timeout) => store.SendAsync(Read(key, timeout), patience.Cancelled), patience).ConfigureAwait(false);
        return reply is RequestFailure failure ? throw new AkkaKvException(failure) : reply;
    }

    /// <summary>Reads keys; what could not be read with the others is read again alone. Throws <see cref="AkkaKvException"/>.</summary>
    public async Task<ImmutableArray<ClientReply>> GetAsync(IReadOnlyList<byte[]> keys, Patience patience)
    {
        if (keys.Count == 1) return [await GetAsync(keys[0], patience).ConfigureAwait(false)];
        var timeout = Least(settings.RequestTimeout, Left(patience));
        var replies = await store.ReadAsync(new MultiGet([.. keys.Select(key => Read(key, null))]) { Timeout = timeout }, patience.Cancelled)
            .ConfigureAwait(false);
        var whole = ImmutableArray.CreateBuilder<ClientReply>(keys.Count);
        for (var place = 0; place < keys.Count; place++)
        {
            whole.Add(replies[place] is RequestFailure failure && (failure.IsTransient || failure is AnswerTooLarge)
                ? await GetAsync(keys[place], patience).ConfigureAwait(false)
                : replies[place]);
        }

        return whole.FirstOrDefault(reply => reply is RequestFailure) is RequestFailure fault
            ? throw new AkkaKvException(fault)
            : whole.MoveToImmutable();
    }

    /// <summary>
    /// Puts a value that supersedes exactly what a context speaks of. False, and nothing is written, if the context is empty and the key has
    /// a value; throws <see cref="AkkaKvException"/>.
    /// </summary>
    public async Task<bool> PutAsync(byte[] key, ReadOnlyMemory<byte> value, ReadOnlyMemory<byte> context, Patience patience)
    {
        var put = new Put(key, value)
        {
            W = settings.Write,
            Context = context,
            Condition = context.IsEmpty ? new WriteCondition(WriteConditionKind.DoesNotExist) : default,
            WriteId = writeIds.Next(),
        };
        return await WriteAsync(put, patience).ConfigureAwait(false) is not PreconditionFailed;
    }

    /// <summary>Deletes what a context speaks of; throws <see cref="AkkaKvException"/>.</summary>
    public Task DeleteAsync(byte[] key, ReadOnlyMemory<byte> context, Patience patience) =>
        WriteAsync(new Delete(key) { W = settings.Write, Context = context, WriteId = writeIds.Next() }, patience);

    /// <summary>Waits a moment, longer with each turn, and not always the same.</summary>
    public Task PauseAsync(int turn, Patience patience)
    {
        var longest = Math.Min(LongestWait.TotalMilliseconds, FirstWait.TotalMilliseconds * (1 << Math.Min(turn, 10)));
        return Task.Delay(TimeSpan.FromMilliseconds(longest * (0.5 + chance() / 2)), time, patience.Cancelled);
    }

    private async Task<ClientReply> WriteAsync(WriteRequest write, Patience patience)
    {
        var reply = await RetryAsync(
            (turn, timeout) => store.SendAsync(
                write with { Timeout = timeout, WriteId = turn == 0 ? write.WriteId : write.WriteId!.Value.AsRetry() }, patience.Cancelled),
            patience).ConfigureAwait(false);
        return reply is RequestFailure failure and not PreconditionFailed ? throw new AkkaKvException(failure) : reply;
    }

    private Get Read(byte[] key, TimeSpan? timeout) => new(key) { R = settings.Read, IsStrict = true, Timeout = timeout };

    /// <summary>The first answer that would be no other the next time, or the last one before the time is up.</summary>
    private async Task<ClientReply> RetryAsync(Func<int, TimeSpan, Task<ClientReply>> send, Patience patience)
    {
        for (var turn = 0; ; turn++)
        {
            var reply = await send(turn, Least(settings.RequestTimeout, Left(patience))).ConfigureAwait(false);
            if (reply is not RequestFailure { IsTransient: true } || Left(patience) < 2 * LongestWait) return reply;
            await PauseAsync(turn, patience).ConfigureAwait(false);
        }
    }

    private TimeSpan Left(Patience patience)
    {
        var left = settings.Timeout - time.GetElapsedTime(patience.Start);
        return left > TimeSpan.FromMilliseconds(10) ? left : TimeSpan.FromMilliseconds(10);
    }

    private static TimeSpan Least(TimeSpan left, TimeSpan right) => left < right ? left : right;
}

/// <summary>How long an operation has been under way, and whether somebody still waits for it.</summary>
/// <param name="Start">When it began, in ticks of the time provider.</param>
/// <param name="Cancelled">Cancelled when nobody waits any more.</param>
internal readonly record struct Patience(long Start, CancellationToken Cancelled);
