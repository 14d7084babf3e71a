using CsCheck;

namespace AkkaKv.Protocol.Tests;

public class RequestEncoderTests
{
    [Fact]
    public void Plain_put_should_be_the_bytes_of_the_codec() =>
        Gen.Select(Gen.Byte.Array[1, 300], Gen.Byte.Array[0, 300], Gen.OneOf(Gen.ULong, Gen.ULong[0, 300])).Sample((key, value, number) =>
        {
            var id = new WriteId(Guid.NewGuid(), number);
            Assert.Equal(ProtocolCodec.Encode(new Put(key, value) { WriteId = id }), RequestEncoder.Put(key, value, id));
        });

    [Fact]
    public void Plain_get_should_be_the_bytes_of_the_codec() =>
        Gen.Byte.Array[1, 300].Sample(key => Assert.Equal(ProtocolCodec.Encode(new Get(key)), RequestEncoder.Get(key)));
}
